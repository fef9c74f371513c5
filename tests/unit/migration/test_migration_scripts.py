"""Which migration scripts never run, and what the ones that do should not do."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_gate.addons import AddonGraph, Selection, load_graph
from odoo_gate.migration import script_findings
from odoo_gate.model import Finding, Severity
from odoo_gate.settings import MigrationSettings

GOOD = "def migrate(cr, version):\n    pass\n"
COMMITS = "def migrate(cr, version):\n    cr.commit()\n"
SETTINGS = MigrationSettings(production_rows={"res_partner": 50_000})


def write(root: Path, version: str, **files: str) -> None:
    folder = root / "addons" / "planted"
    files = {
        "__manifest__.py": repr({"name": "P", "version": version, "license": "LGPL-3"}),
        "__init__.py": "",
        **files,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def graph(root: Path) -> AddonGraph:
    return load_graph([root / "addons"], None, Selection(root=root, series="19.0"))


@pytest.fixture
def findings(tmp_path):
    """(version, files) of a candidate → its findings against a baseline of 19.0.1.0.0."""

    def of(version: str = "19.0.2.0.0", before: dict[str, str] | None = None, **files: str) -> list[Finding]:
        write(tmp_path / "old", "19.0.1.0.0", **(before or {}))
        write(tmp_path / "new", version, **files)
        found, metrics = script_findings(graph(tmp_path / "new"), graph(tmp_path / "old"), SETTINGS)
        assert metrics[0].value == 1
        return found

    return of


def script(text: str, *, name: str = "migrations/19.0.2.0.0/post-fill.py") -> dict[str, str]:
    return {name: f"def migrate(cr, version):\n    {text}\n"}


def rules(found: list[Finding]) -> list[str]:
    return [each.rule for each in found if each.severity is Severity.ERROR]


@pytest.mark.parametrize(
    "name",
    [
        "migrations/19.0.2.0.0/post-fill.py",
        "migrations/2.0.0/pre-fill.py",
        "migrations/2.0/end-fill.py",
        "upgrades/19.0.2.0.0/post-fill.py",
        "migrations/0.0.0/end-look.py",
        "migrations/19.0.1.1/post-between.py",
    ],
)
def test_what_odoo_runs(findings, name):
    assert findings(**{name: GOOD}) == []


@pytest.mark.parametrize(
    "name",
    [
        "migration/19.0.2.0.0/post-fill.py",
        "Migrations/19.0.2.0.0/post-fill.py",
        "migrations/v2/post-fill.py",
        "migrations/19.0.2/post-fill.py",
        "migrations/18.0.2.0.0/post-fill.py",
        "migrations/19.0.3.0.0/post-fill.py",
        "migrations/19.0.1.0.0/post-fill.py",
        "migrations/19.0.2.0.0/fill.py",
        "migrations/19.0.2.0.0/post_fill.py",
    ],
)
def test_what_odoo_never_runs(findings, name):
    found = findings(**{name: GOOD})
    assert rules(found) == ["script-never-runs"]
    assert found[0].remedy
    assert found[0].place is not None


def test_a_script_production_has_run_is_left_alone(findings):
    old = {"migrations/19.0.1.0.0/post-fill.py": "def migrate(cr, version):\n    cr.commit()\n"}
    assert findings(before=old, **old) == []


def test_a_version_that_is_not_raised(findings):
    assert "version-not-raised" in rules(findings("19.0.1.0.0", **{"migrations/0.0.0/end-look.py": GOOD}))


def test_models_that_changed_under_the_same_version_are_a_warning(findings):
    found = findings("19.0.1.0.0", before={"models/a.py": "a = 1"}, **{"models/a.py": "a = 2"})
    assert [(each.rule, each.severity) for each in found] == [("version-not-raised", Severity.WARNING)]


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("def migrate(cr, version):\n    pass", True),
        ("def migrate(_cr, _version):\n    pass", True),
        ("from other import migrate", True),
        ("@openupgrade.migrate()\ndef migrate(env, version):\n    pass", True),
        ("def migrate(env, version):\n    pass", False),
        ("def migrate(cr):\n    pass", False),
        ("def migrate(cr, version, *more):\n    pass", False),
        ("def upgrade(cr, version):\n    pass", False),
    ],
)
def test_the_signature_odoo_calls(findings, text, is_right):
    found = findings(**{"migrations/19.0.2.0.0/post-fill.py": text})
    assert rules(found) == ([] if is_right else ["migrate-signature"])


@pytest.mark.parametrize("call", ["cr.commit()", "env.cr.rollback()", "self._cr.commit()"])
def test_transactions_belong_to_odoo(findings, call):
    found = findings(**script(call))
    assert rules(found) == ["script-commits"]
    assert found[0].place is not None
    assert found[0].place.line == 2


def test_raw_ddl_is_a_warning_and_squawk_reads_it(findings):
    found = findings(**script('cr.execute("ALTER TABLE thing ADD COLUMN code varchar NOT NULL")'))
    assert {each.rule for each in found} == {"raw-ddl", "adding-required-field"}
    assert rules(found) == ["adding-required-field"]


def test_sql_that_cannot_be_read_is_told(findings):
    found = findings(**script('cr.execute("ALTER TABLE %s ADDD COLUMN" % table)'))
    assert "sql-not-read" in {each.rule for each in found}


def test_updates_are_not_schema_statements(findings):
    assert findings(**script('cr.execute("UPDATE thing SET name = %s", ["x"])')) == []


@pytest.mark.parametrize(("model", "severity"), [("res.partner", Severity.ERROR), ("res.currency", Severity.WARNING)])
@pytest.mark.parametrize(
    "line",
    [
        "for r in records:\n        r.write({})",
        "for r in records:\n        r.name = 'x'",
        "records.search([]).write({})",
    ],
)
def test_writing_record_by_record_is_an_error_on_large_tables(findings, model, severity, line):
    found = findings(**script(f'records = env["{model}"]\n    {line}'))
    assert [(each.rule, each.severity) for each in found] == [("mass-orm-write", severity)]


def test_a_script_that_is_no_python(findings):
    assert rules(findings(**{"migrations/19.0.2.0.0/post-fill.py": "def migrate(:"})) == ["syntax-error"]


@pytest.mark.parametrize(
    ("folder", "read"),
    [("19.0.1.5.0", 1), ("0.0.0", 1), ("19.0.1.0.0", 0), ("19.0.3.0.0", 0), ("18.0.1.5.0", 0), ("nonsense", 0)],
)
def test_of_an_addon_from_elsewhere_the_scripts_that_run_are_read(tmp_path, folder, read):
    """It lies in the image, and another version of it comes with the release."""
    graphs = []
    for side, version in (("old", "19.0.1.0.0"), ("new", "19.0.2.0.0")):
        bought = tmp_path / side / "image" / "bought"
        files = {"__manifest__.py": repr({"version": version}), f"migrations/{folder}/post-it.py": COMMITS}
        for name, text in files.items():
            (bought / name).parent.mkdir(parents=True, exist_ok=True)
            (bought / name).write_text(text, "utf-8")
        write(tmp_path / side, version)
        manifest = {"name": "P", "version": version, "license": "LGPL-3", "depends": ["bought"]}
        (tmp_path / side / "addons/planted/__manifest__.py").write_text(repr(manifest), "utf-8")
        base = tmp_path / side / "image" / "base"
        base.mkdir()
        (base / "__manifest__.py").write_text("{'version': '19.0.1.3'}", "utf-8")
        selection = Selection(root=tmp_path / side, series="19.0")
        graphs.append(load_graph([tmp_path / side / "addons"], tmp_path / side / "image", selection))
    found, metrics = script_findings(graphs[1], graphs[0], SETTINGS)
    assert [metric.value for metric in metrics[:2]] == [2, read]
    assert rules(found) == ["script-commits"] * read
    assert [each.place.path for each in found if each.place] == [f"bought/migrations/{folder}/post-it.py"] * read
