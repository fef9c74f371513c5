"""What is missing for every check of a family is said once, before anything is built or started."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from typing import Any

import pytest

from odoo_gate.cli.preflight import require_data, require_usable
from odoo_gate.errors import AddonsError, SettingsError, UsageError
from odoo_gate.settings import Settings, settings_from

SALT = "ODOO_GATE_ANONYMISE_SALT"


def settings(root: Path, **sections: dict[str, Any]) -> Settings:
    (root / "addons").mkdir(exist_ok=True)
    return settings_from({"project": {"series": "19.0"}, **sections}, root=root)


@pytest.fixture
def dumped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A project that rehearses with a dump, with all that takes."""
    (tmp_path / "production.zip").touch()
    monkeypatch.setenv(SALT, "s" * 32)
    return settings(tmp_path, data={"dump": "production.zip"})


def test_generated_data_and_a_whole_dump_are_usable(tmp_path, dumped):
    require_usable(settings(tmp_path), ["migration", "recovery", "tests"])
    require_usable(dumped, ["migration", "recovery", "tests"])


@pytest.mark.parametrize("family", ["contracts", "load", "migration", "recovery", "resilience", "security", "tenancy"])
def test_a_dump_without_the_secret_that_anonymises_is_one_error(dumped, monkeypatch, family):
    monkeypatch.delenv(SALT)
    with pytest.raises(SettingsError, match="no secret to anonymise with") as caught:
        require_usable(dumped, [family])
    assert SALT in caught.value.hint


@pytest.mark.parametrize("families", [["tests"], ["modules", "parity"]])
def test_families_that_need_no_data_do_not_ask_for_the_secret(dumped, monkeypatch, families):
    monkeypatch.delenv(SALT)
    require_usable(dumped, families)


def test_files_that_are_not_there_are_named(tmp_path, dumped):
    (tmp_path / "production.zip").unlink()
    with pytest.raises(SettingsError, match=r"data\.dump in gate\.toml names .*production\.zip"):
        require_data(dumped)
    with pytest.raises(SettingsError, match=r"data\.archetypes .*cranes\.py"):
        require_data(settings(tmp_path, data={"archetypes": ["cranes.py"]}))


@pytest.mark.usefixtures("dumped")
def test_a_dump_and_a_second_scale_contradict_each_other(tmp_path):
    both = settings(tmp_path, data={"dump": "production.zip"}, migration={"second_scale": "medium"})
    with pytest.raises(SettingsError, match="second_scale"):
        require_usable(both, ["migration"])


def test_a_backup_key_that_is_none_is_told_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_GATE_BACKUP_KEY", "secret")
    with pytest.raises(UsageError, match="64 hexadecimal digits"):
        require_usable(settings(tmp_path), ["recovery"])


def test_a_baseline_that_is_not_there_is_told_at_once(tmp_path):
    (tmp_path / "releases" / "1.0").mkdir(parents=True)
    with pytest.raises(AddonsError, match="has no folder"):
        require_usable(settings(tmp_path, baseline={"path": "releases/1.0"}), ["tests"])
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with pytest.raises(SettingsError, match="git does not know"):
        require_usable(settings(tmp_path, baseline={"git": "v1.0"}), ["tests"])


def test_an_extra_that_is_not_installed_is_named(tmp_path, monkeypatch):
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "locust" else there(name))
    require_usable(settings(tmp_path), ["migration"])
    with pytest.raises(UsageError, match="locust") as caught:
        require_usable(settings(tmp_path), ["load"])
    assert caught.value.hint == 'pip install "odoo-gate[load]"'
