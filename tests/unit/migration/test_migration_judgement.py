"""What is read from an upgrade's log and figures; which modules an upgrade names."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_gate.addons import Selection, load_graph
from odoo_gate.errors import SettingsError
from odoo_gate.migration import Point, plan_upgrade, predicted, upgrade_findings
from odoo_gate.migration.judgement import missing_findings
from odoo_gate.migration.rehearsal import Upgraded
from odoo_gate.migration.upgrade_log import read_log
from odoo_gate.model import Severity
from odoo_gate.odoo.upgrade_plan import UpgradePlan
from odoo_gate.settings import settings_from
from odoo_gate.stack.odoo_command import CommandEnd


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODOO_GATE_CACHE", str(tmp_path_factory.mktemp("cache")))


HEAD = "2026-11-21 22:59:00,123 1"
LOG = f"""{HEAD} INFO db odoo.modules.loading: Loading module base
{HEAD} WARNING db odoo.schema: Missing not-null constraint on thing.code
{HEAD} WARNING db odoo.schema: Index attribute on x ignored, only trigram index is supported for translated fields
{HEAD} WARNING db odoo.addons.thing: careful
{HEAD} ERROR db odoo.modules.registry: Failed to load registry
Traceback (most recent call last):
  File "x.py", line 1
ValueError: told to break
{HEAD} CRITICAL db odoo.service.server: gave up
"""


def upgraded(log: str = "", status: int = 0) -> Upgraded:
    return Upgraded(CommandEnd(status, 3.0, Path("logs/command.log")), tuple(read_log(log.splitlines())))


def test_the_log_says_what_the_upgrade_did_not_do():
    found = upgrade_findings(upgraded(LOG), {})
    assert [(each.rule, each.severity.value) for each in found] == [
        ("constraint-not-added", "error"),
        ("warning-in-log", "warning"),
        ("warning-in-log", "warning"),
        ("error-in-log", "error"),
        ("error-in-log", "error"),
    ]
    assert "ValueError: told to break" in found[3].message


def test_what_the_log_says_again_is_said_once():
    """Odoo tries a constraint that it could not add again at the end: one defect, and a waiver covers one finding."""
    found = upgrade_findings(upgraded(f"{LOG}{LOG}"), {})
    assert found == upgrade_findings(upgraded(LOG), {})


def test_a_clean_upgrade_has_nothing_to_say():
    assert upgrade_findings(upgraded(f"{HEAD} INFO db odoo.modules.loading: Modules loaded."), {}) == []


def test_an_exit_status_and_modules_on_their_way_are_errors():
    found = upgrade_findings(upgraded(status=255), {"thing": "to upgrade"})
    assert [(each.rule, each.severity) for each in found] == [
        ("upgrade-failed", Severity.ERROR),
        ("module-pending", Severity.ERROR),
    ]


def test_a_module_that_production_has_and_the_candidate_lost():
    (found,) = missing_findings(["thing"])
    assert "thing is installed in production" in found.message


def release(root: Path, **addons: tuple[str, ...]):
    for name, depends in addons.items():
        folder = root / "addons" / name
        folder.mkdir(parents=True)
        manifest = {"name": name, "version": "19.0.1.0.0", "depends": list(depends)}
        (folder / "__manifest__.py").write_text(repr(manifest), "utf-8")
        (folder / "__init__.py").touch()
    image = root.parent / "image"
    for name in ("base", "mail", "stock"):
        (image / name).mkdir(parents=True, exist_ok=True)
        (image / name / "__manifest__.py").write_text(repr({"name": name, "version": "1.0"}), "utf-8")
    return load_graph([root / "addons"], image, Selection(root=root, series="19.0"))


def test_what_changed_is_updated_and_what_is_new_installed(tmp_path):
    baseline = release(tmp_path / "a", one=("base",), two=("base",), gone=("base",))
    candidate = release(tmp_path / "b", one=("base",), two=("base", "mail"), three=("one", "stock"))
    plan = plan_upgrade({"base", "one", "two", "gone"}, baseline, candidate)
    assert plan == UpgradePlan(update=("two",), install=("mail", "stock", "three"), missing=("gone",))
    assert plan.arguments[:4] == ("-u", "two", "-i", "mail,stock,three")


def test_a_release_that_changes_nothing_updates_its_own(tmp_path):
    baseline, candidate = release(tmp_path / "a", one=("base",)), release(tmp_path / "b", one=("base",))
    assert plan_upgrade({"base", "one"}, baseline, candidate) == UpgradePlan(("one",), ())


def test_a_line_through_two_rehearsals():
    assert predicted(Point(100, 1.0), Point(200, 2.0), 1000) == pytest.approx(10.0)
    assert predicted(Point(100, 2.0), Point(200, 1.0), 1000) == 1.0, "never less than was measured"
    with pytest.raises(ValueError, match="both rehearsals had 5 rows"):
        predicted(Point(5, 1.0), Point(5, 2.0), 10)


def test_settings(tmp_path):
    (tmp_path / "addons").mkdir()
    written = {
        "project": {"series": "19.0"},
        "migration": {
            "max_lock_seconds": 2,
            "production_rows": {"account_move_line": 4_000_000},
            "declared": [{"object": "thing.code", "reason": "moved"}],
        },
    }
    migration = settings_from(written, root=tmp_path).migration
    assert migration.max_downtime_seconds == 300
    assert migration.production_rows["account_move_line"] == 4_000_000
    assert migration.declared[0].rule == "*"
    written["migration"]["declared"] = [{"object": "thing.code", "reason": ""}]
    with pytest.raises(SettingsError):
        settings_from(written, root=tmp_path)
