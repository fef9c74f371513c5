"""Which settings are signed, and which files they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_gate.settings import judged_settings, load_settings, named_paths
from odoo_gate.subject import configuration_listing

GATE_TOML = """
[project]
name = "addons"
series = "19.0"
[stack]
odoo_conf = "config/odoo.conf"
[security]
rights = "security/rights.csv"
secrets_allowed = { "config/*" = "made up" }
[recovery]
key_file = "config/odoo.conf"
[parity]
definition = ["deploy"]
[[contracts.webhooks]]
name = "deliveries"
pact = "contracts/d.json"
script = "elsewhere/d.py"
secret_parameter = "p"
signature_header = "X"
effect = "SELECT 1"
"""
FILES = ("addons/a/__manifest__.py", "config/odoo.conf", "security/rights.csv", "contracts/d.json", "elsewhere/d.py")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (*FILES, "deploy/images.env", "contracts/payroll.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "gate.toml").write_text(GATE_TOML)
    return tmp_path


def test_every_setting_that_shapes_what_is_asked(root: Path) -> None:
    signed = judged_settings(load_settings(root, {"ODOO_GATE_LOAD__PROFILE": "quick"}))
    assert signed["load.profile"] == '"quick"'
    assert signed["tenancy.companies"] == "[]"
    assert signed["security.secrets_allowed"] == '{"config/*": "made up"}'
    assert not {key.partition(".")[0] for key in signed} & {"project", "store", "policy", "attest"}
    assert "recovery.key_file" not in signed


def test_the_files_that_settings_name(root: Path) -> None:
    names = {path.relative_to(root).as_posix() for path in named_paths(load_settings(root, {}))}
    assert names == {
        "gate.toml",
        "config/odoo.conf",
        "security/rights.csv",
        "contracts/d.json",
        "elsewhere/d.py",
        "contracts",
    }


def test_any_change_of_them_changes_the_listing(root: Path) -> None:
    settings = load_settings(root, {})
    before = configuration_listing(settings)
    assert len(before.splitlines()) == 6
    for name in ("gate.toml", "contracts/payroll.yaml", "elsewhere/d.py", "security/rights.csv"):
        kept = (root / name).read_text()
        (root / name).write_text(f"{kept}#")
        assert configuration_listing(settings) != before, name
        (root / name).write_text(kept)
    (root / "deploy" / "images.env").write_text("filled in by the deploy job")
    assert configuration_listing(settings) == before
    (root / "contracts" / "payroll.yaml").unlink()
    assert configuration_listing(settings) != before
