"""`[invariants]` of gate.toml."""

from __future__ import annotations

import pytest

from odoo_gate.errors import SettingsError
from odoo_gate.invariants import Declared, ProjectInvariants
from odoo_gate.settings import settings_from


@pytest.fixture
def project(tmp_path):
    (tmp_path / "addons").mkdir()

    def read(section):
        return settings_from({"project": {"series": "19.0"}, "invariants": section}, root=tmp_path)

    return read


def test_nothing_written(project):
    assert ProjectInvariants.of(project({})) == ProjectInvariants()


def test_everything_written(project, tmp_path):
    (tmp_path / "certificates.sql").write_text("SELECT 'all', count(*) FROM certificate")
    (tmp_path / "certificates.py").write_text("def held(env, say): return []")
    own = ProjectInvariants.of(
        project(
            {
                "retention_accounts": ["1419*"],
                "declared": [{"invariant": "row-counts", "key": "x_*", "reason": "moved to y", "tolerance": 2}],
                "custom": [
                    {"id": "certificates", "title": "Certificates", "sql_file": "certificates.sql"},
                    {"id": "held", "title": "Held", "script": "certificates.py", "function": "held", "holds": True},
                ],
            }
        )
    )
    assert own.retention_accounts == ("1419*",)
    assert own.declared == (Declared("row-counts", "x_*", "moved to y", 2),)
    assert own.customs[0].sql.startswith("SELECT")
    assert own.customs[1].script == tmp_path / "certificates.py"
    assert own.customs[1].holds


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"declared": [{"invariant": "row-count", "key": "*", "reason": "r"}]}, "no invariant"),
        ({"custom": [{"id": "quants", "title": "t", "sql": "SELECT 1"}]}, "is the name of an invariant"),
        ({"custom": [{"id": "own", "title": "t", "sql_file": "nowhere.sql"}]}, "is not a file"),
    ],
)
def test_what_does_not_exist_is_refused(project, section, message):
    with pytest.raises(SettingsError, match=message) as caught:
        ProjectInvariants.of(project(section))
    assert caught.value.hint


@pytest.mark.parametrize(
    "section",
    [
        {"declared": [{"invariant": "row-counts", "key": "*", "reason": " "}]},
        {"declared": [{"invariant": "row-counts", "key": "*", "reason": "r", "tolerance": -1}]},
        {"custom": [{"id": "own", "title": "t"}]},
        {"custom": [{"id": "own", "title": "t", "sql": "SELECT 1", "script": "a.py"}]},
        {"custom": [{"id": "Own", "title": "t", "sql": "SELECT 1"}]},
        {"custom": [{"id": "own", "title": "t", "sql": "SELECT 1"}, {"id": "own", "title": "t", "sql": "SELECT 2"}]},
        {"retention_accounts": "1419"},
    ],
)
def test_illegal_sections_are_refused(project, section):
    with pytest.raises(SettingsError):
        project(section)
