"""`odoo-gate run --companies`: some companies alone are asked about, and that is never signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_gate.cli.phases import _environment
from odoo_gate.cli.run import _for_companies
from odoo_gate.errors import UsageError
from odoo_gate.settings import Settings, load_settings, settings_from


def settings(root: Path) -> Settings:
    (root / "addons").mkdir()
    return settings_from({"project": {"series": "19.0"}}, root=root)


def test_a_whole_run_leaves_no_company_out(tmp_path):
    with pytest.raises(UsageError, match="leaves companies out"):
        _for_companies(settings(tmp_path), "North", "")


def test_the_companies_reach_the_tests_as_they_were_named(tmp_path):
    narrowed = _for_companies(settings(tmp_path), "North & Co, South", "tenancy")
    assert narrowed.tenancy.companies == ("North & Co", "South")
    (tmp_path / "gate.toml").write_text('[project]\nseries = "19.0"\n')
    variables = {key: text for key, text in _environment(narrowed).items() if key.startswith("ODOO_GATE_TENANCY")}
    assert load_settings(tmp_path, variables).tenancy == narrowed.tenancy


def test_without_names_nothing_is_narrowed(tmp_path):
    whole = settings(tmp_path)
    assert _for_companies(whole, "", "") == whole
    assert "ODOO_GATE_TENANCY__COMPANIES" not in _environment(whole)
