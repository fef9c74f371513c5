"""A rehearsal from end to end: two releases of an OCA addon from PyPI, beside an addon of the project's own.

One durable database serves all of these tests; those that change it further come last.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from odoo_gate.invariants import ProjectInvariants, Result, compare
from odoo_gate.migration import (
    Rehearsal,
    Scale,
    Stage,
    UpgradePlan,
    aborted,
    differences,
    downtime_findings,
    drift,
    fingerprint,
    journey_problem,
    lock_findings,
    review,
    script_findings,
    take_schema,
    upgrade_findings,
    upgraded_twice,
)
from odoo_gate.migration.locks import LockWatch
from odoo_gate.migration.rehearsal import rehearse, wait_for
from odoo_gate.model import Finding, Severity, silent
from odoo_gate.odoo.testbed import Testbed, open_testbed
from odoo_gate.settings import MigrationSettings, settings_from
from odoo_gate.stack.run import Run, new_run_id

OLDER, NEWER = "19.0.1.2.0", "19.0.1.4.6"
OCA = "base_tier_validation"
MODEL = """
from odoo import fields, models


class Thing(models.Model):
    _name = "fragile.thing"
    _description = "Thing"

    name = fields.Char()
    {fields}
"""
SCRIPT = """
def migrate(cr, version):
    cr.execute("SELECT 1 FROM ir_config_parameter WHERE key = 'fragile.break'")
    if cr.fetchone():
        raise ValueError("fragile was told to break")
    cr.execute("UPDATE fragile_thing SET name = 'seen' WHERE name IS NULL")
"""
PROJECT = ProjectInvariants()
ASKING = MigrationSettings()


def write_fragile(addons: Path, version: str, fields: str, script: str) -> None:
    """An addon of our own. Its script fails when a parameter says so."""
    folder = addons / "fragile"
    files = {
        "__manifest__.py": repr(
            {
                "name": "Fragile",
                "version": version,
                "license": "LGPL-3",
                "depends": [OCA],
                "data": ["ir.model.access.csv"],
            }
        ),
        "__init__.py": "from . import models",
        "models/__init__.py": "from . import thing",
        "models/thing.py": MODEL.format(fields=fields),
        "ir.model.access.csv": "id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink\n"
        "access_thing,thing,model_fragile_thing,base.group_user,1,1,1,1\n",
    }
    if script:
        files[f"migrations/{version}/post-see.py"] = script
    for relative, text in files.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


@dataclass(frozen=True)
class Rehearsed:
    testbed: Testbed
    stage: Stage
    rehearsal: Rehearsal


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    root = tmp_path_factory.mktemp("release")
    write_fragile(root / "production/addons", "19.0.1.0.0", "code = fields.Char()", "")
    write_fragile(root / "addons", "19.0.1.1.0", "code = fields.Char()\n    note = fields.Char()", SCRIPT)
    written = {
        "project": {"series": "19.0"},
        "addons": {"modules": ["fragile", OCA], "requirements": [f"odoo-addon-base-tier-validation=={NEWER}"]},
        "baseline": {"path": "production", "requirements": [f"odoo-addon-base-tier-validation=={OLDER}"]},
    }
    with Run(new_run_id(), root / "run", silent) as run:
        testbed = open_testbed(settings_from(written, root=root), run)
        baseline = testbed.baseline
        assert baseline is not None
        stage = Stage(testbed, baseline, testbed.candidate, testbed.full_template(baseline), silent)
        yield Rehearsed(testbed, stage, rehearse(stage, PROJECT))
        stage.close()


def errors(findings: list[Finding] | tuple[Finding, ...]) -> list[str]:
    return [f"{each.rule}: {each.message}" for each in findings if each.severity is Severity.ERROR]


def test_both_changed_modules_are_upgraded(rehearsed):
    rehearsal = rehearsed.rehearsal
    assert rehearsal.plan.update == (OCA, "fragile")
    assert rehearsal.after is not None
    assert errors(upgrade_findings(rehearsal.upgraded, rehearsal.after.pending)) == []
    assert rehearsal.before.invariants.modules[OCA] == OLDER
    assert rehearsal.after.invariants.modules[OCA] == NEWER


def test_every_invariant_is_kept(rehearsed):
    rehearsal = rehearsed.rehearsal
    results = compare(rehearsal.before.invariants, rehearsal.after.invariants)
    assert {each.id: each.reason for each in results if each.outcome is Result.FAILED} == {}
    assert sum(each.outcome is Result.PASSED for each in results) >= 10


def test_schema_is_reviewed_and_that_of_a_fresh_install(rehearsed):
    stage, rehearsal = rehearsed.stage, rehearsed.rehearsal
    with stage.as_before() as old, stage.connection() as new:

        def same_data(table: str, before: str, after: str) -> bool:
            return fingerprint(old, table, before) == fingerprint(new, table, after)

        changes = review(rehearsal.before.schema, rehearsal.after.schema, Scale({}, 10_000), same_data)
    assert errors([change.finding for change in changes]) == []
    testbed = rehearsed.testbed
    template = testbed.full_template(testbed.candidate)
    with testbed.clone(template) as clone, psycopg.connect(testbed.postgres.dsn(clone.database)) as connection:
        fresh = take_schema(connection)
    assert "fragile_thing" in fresh.tables
    assert errors([change.finding for change in drift(rehearsal.after.schema, fresh)]) == []


def test_locks_and_downtime_are_measured(rehearsed):
    rehearsal = rehearsed.rehearsal
    findings, metrics = lock_findings(rehearsal, ASKING)
    values = {metric.name: metric.value for metric in metrics}
    assert errors(findings) == []
    assert values["samples"] > 50
    assert values["wal"] > 0
    assert values["disk-peak"] >= values["disk-before"] > 0
    assert any(hold.table == "fragile_thing" for hold in rehearsal.locks.holds)
    findings, metrics = downtime_findings(rehearsal, ASKING)
    values = {metric.name: metric.value for metric in metrics}
    assert errors(findings) == []
    assert values["failed-rounds"] > 0, "nobody noticed the restart"
    assert rehearsal.restart > values["downtime"] - rehearsal.upgraded.end.seconds
    assert 0.5 < values["downtime"] < 120


def test_objectives_are_judged(rehearsed):
    strict = MigrationSettings(max_downtime_seconds=0.1, max_lock_seconds=0.001)
    assert "lock-too-long" in "".join(errors(lock_findings(rehearsed.rehearsal, strict)[0]))
    assert "downtime-too-long" in "".join(errors(downtime_findings(rehearsed.rehearsal, strict)[0]))


def test_scripts_are_fine(rehearsed):
    graphs = rehearsed.stage.candidate.graph, rehearsed.stage.baseline.graph
    findings, metrics = script_findings(*graphs, ASKING)
    assert errors(findings) == []
    assert {metric.name: metric.value for metric in metrics}["scripts"] == 1


def test_a_lock_held_by_anybody_is_seen(rehearsed):
    stage = rehearsed.stage
    tables = frozenset(table.oid for table in rehearsed.rehearsal.before.schema.tables.values())
    with LockWatch(stage.postgres.dsn(stage.database), tables) as watch, stage.connection() as holder:
        holder.execute("LOCK TABLE res_currency IN ACCESS EXCLUSIVE MODE")
        waiter = threading.Thread(target=_read_currencies, args=(stage,))
        waiter.start()
        time.sleep(0.6)
        holder.rollback()
        waiter.join()
        time.sleep(0.1)
    longest = watch.report.longest
    assert longest is not None
    assert longest.table == "res_currency"
    assert 0.4 < longest.seconds < 2
    assert watch.report.blocked
    assert "res_currency" in watch.report.blocked[0].query


def _read_currencies(stage: Stage) -> None:
    with stage.connection() as connection:
        connection.execute("SELECT name FROM res_currency").fetchall()


def test_the_baseline_serves_the_upgraded_database_until_a_column_is_gone(rehearsed):
    stage = rehearsed.stage
    server = stage.serve(stage.baseline)
    models = ("res.partner", "fragile.thing")
    before = journey_problem(server, models)
    with renamed_column(stage):
        after = journey_problem(server, models)
    stage.stop(server)
    assert before == ""
    assert "fragile_thing.code does not exist" in after


@contextmanager
def renamed_column(stage: Stage) -> Iterator[None]:
    with stage.connection() as connection:
        connection.execute("ALTER TABLE fragile_thing RENAME COLUMN code TO reference")
    try:
        yield
    finally:
        with stage.connection() as connection:
            connection.execute("ALTER TABLE fragile_thing RENAME COLUMN reference TO code")


def test_a_second_upgrade_changes_nothing(rehearsed):
    repeated = upgraded_twice(rehearsed.stage, rehearsed.rehearsal, PROJECT)
    assert errors(repeated.findings) == []


def test_a_killed_upgrade_can_be_taken_back(rehearsed):
    repeated = aborted(rehearsed.stage, rehearsed.rehearsal, PROJECT)
    values = {metric.name: metric.value for metric in repeated.metrics}
    assert errors(repeated.findings) == []
    assert values["modules-left-half-way"] >= 1
    rehearsal = rehearsed.rehearsal
    assert errors(differences(rehearsal.before, rehearsal.after, "not restoring at all", "not-whole", "restore"))


def test_an_upgrade_that_fails_is_told(rehearsed):
    stage = rehearsed.stage
    clone = stage.restore(rehearsed.rehearsal.backup)
    with stage.connection(clone.database) as connection:
        connection.execute("INSERT INTO ir_config_parameter (key, value) VALUES ('fragile.break', 'yes')")
    upgraded = wait_for(stage, UpgradePlan(("fragile",), ()), clone.database)
    stage.drop(clone)
    assert not upgraded.is_done
    told = errors(upgrade_findings(upgraded, {}))
    assert any("fragile was told to break" in each for each in told)
    assert any(each.startswith("upgrade-failed") for each in told)
