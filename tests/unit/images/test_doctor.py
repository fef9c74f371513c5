"""The doctor's checks: each judges given facts, and a remedy comes with whatever is not well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from odoo_gate.cli.app import app
from odoo_gate.doctor import (
    Diagnosis,
    Health,
    check_cache,
    check_clock,
    check_engine,
    check_engine_disk,
    check_memory,
    check_settings,
    diagnose,
)

GIB = 2**30
ENGINE = {"Driver": "overlay2", "ServerVersion": "27.0", "NCPU": 2, "OSType": "linux"}
VERSION = {"ApiVersion": "1.46"}


def test_a_remedy_comes_with_a_fault_and_only_with_one() -> None:
    with pytest.raises(ValueError, match="remedy"):
        Diagnosis("x", Health.PROBLEM, "broken")
    with pytest.raises(ValueError, match="remedy"):
        Diagnosis("x", Health.OK, "fine", "do something")


def test_a_good_engine() -> None:
    assert check_engine(ENGINE, VERSION).health is Health.OK


@pytest.mark.parametrize(
    ("engine", "version", "health", "remedy"),
    [
        (ENGINE, {"ApiVersion": "1.40"}, Health.PROBLEM, "20.10"),
        (ENGINE | {"OSType": "windows"}, VERSION, Health.PROBLEM, "Linux containers"),
        (ENGINE | {"Driver": "vfs"}, VERSION, Health.WARNING, "overlay2"),
    ],
)
def test_an_engine_that_does_not_fit(
    engine: dict[str, Any], version: dict[str, str], health: Health, remedy: str
) -> None:
    found = check_engine(engine, version)
    assert found.health is health
    assert remedy in found.remedy


@pytest.mark.parametrize(("gib", "health"), [(1.5, Health.PROBLEM), (3, Health.WARNING), (8, Health.OK)])
def test_memory(gib: float, health: Health) -> None:
    assert check_memory(int(gib * GIB)).health is health


@pytest.mark.parametrize(("skew", "health"), [(0.4, Health.OK), (-90, Health.WARNING), (90, Health.WARNING)])
def test_clock(skew: float, health: Health) -> None:
    assert check_clock(1_000_000 + skew, 1_000_000).health is health


def test_an_engines_disk_that_cannot_be_seen_is_not_called_fine() -> None:
    assert check_engine_disk(None).health is Health.WARNING
    assert check_engine_disk(Path("/nowhere/at/all")).health is Health.WARNING


@pytest.mark.parametrize(("free", "health"), [(1, Health.PROBLEM), (5, Health.WARNING), (50, Health.OK)])
def test_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, health: Health) -> None:
    usage = type("Usage", (), {"free": free * GIB})
    monkeypatch.setattr("odoo_gate.doctor.shutil.disk_usage", lambda _: usage)
    assert check_engine_disk(tmp_path).health is health


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = check_cache(tmp_path / "file" / "cache")
    assert found.health is Health.PROBLEM
    assert "ODOO_GATE_CACHE" in found.remedy


def test_settings(tmp_path: Path) -> None:
    assert check_settings(tmp_path, {})[1].health is Health.WARNING
    (tmp_path / "addons").mkdir()
    (tmp_path / "gate.toml").write_text('[project]\nname = "x"\nseries = "19.0"\n')
    settings, found = check_settings(tmp_path, {})
    assert found.health is Health.OK
    assert settings is not None
    (tmp_path / "gate.toml").write_text('[project]\nname = "x"\nseries = "19.0"\n[stak]\n')
    settings, found = check_settings(tmp_path, {})
    assert found.health is Health.PROBLEM
    assert found.remedy
    assert settings is None


def test_without_an_engine_the_doctor_says_so_and_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    found = list(diagnose(tmp_path, {"ODOO_GATE_CACHE": str(tmp_path / "cache")}))
    assert [diagnosis.topic for diagnosis in found] == ["settings", "cache", "docker"]
    assert found[-1].health is Health.PROBLEM


def test_the_commands_status_is_that_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    monkeypatch.setenv("ODOO_GATE_CACHE", str(tmp_path / "cache"))
    done = CliRunner().invoke(app, ["doctor", "--project", str(tmp_path)], standalone_mode=False)
    assert done.return_value == 4
    assert "next step: start the engine DOCKER_HOST names" in done.output
