"""Locks, downtime and predictions, judged against the objectives of gate.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_gate.invariants import Snapshot
from odoo_gate.migration import (
    Rehearsal,
    State,
    UpgradePlan,
    differences,
    downtime_findings,
    lock_findings,
    prediction_findings,
)
from odoo_gate.migration.locks import Blocked, Hold, LockReport
from odoo_gate.migration.probe import ProbeReport
from odoo_gate.migration.rehearsal import Upgraded
from odoo_gate.migration.schema import Column, Schema, Table
from odoo_gate.migration.stage import Backup
from odoo_gate.model import Finding
from odoo_gate.settings import MigrationSettings
from odoo_gate.stack.odoo_command import CommandEnd


def state(rows: int = 100, *, columns: tuple[str, ...] = ("name",), xmlids: dict[str, str] | None = None) -> State:
    table = Table(1, 1, rows, {name: Column("text", False, "", 1, rows) for name in columns}, {}, {})
    snapshot = Snapshot("db", "2026-01-01T00:00:00+00:00", "19.0", {}, {}, {}, {})
    return State(snapshot, Schema({"thing": table, "bus_bus": table}, (), frozenset()), xmlids or {}, {})


def rehearsal(
    *,
    rows: int = 100,
    hold: float = 1.0,
    gap: float = 2.0,
    upgrade: float = 10.0,
    restart: float | str = 5.0,
    samples: int = 9,
) -> Rehearsal:
    locks = LockReport(samples, 10.0, (Hold("thing", hold, 0.5),), (Blocked(0.4, "SELECT 1"),), 10, 20, 30)
    return Rehearsal(
        plan=UpgradePlan(("thing",), ()),
        models=("res.partner",),
        before=state(rows),
        after=state(rows),
        upgraded=Upgraded(CommandEnd(0, upgrade, Path("odoo.log")), ()),
        locks=locks,
        probe=ProbeReport(10, gap, 1.0, {"URLError: refused": 3}),
        backup=Backup("dump", "files", 1.0),
        restart=restart,
    )


def rules(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(each.rule, each.severity.value) for each in findings]


@pytest.mark.parametrize(("hold", "told"), [(4.9, ("lock-held", "note")), (5.1, ("lock-too-long", "error"))])
def test_a_lock_is_judged_by_its_objective(hold, told):
    findings, metrics = lock_findings(rehearsal(hold=hold), MigrationSettings(max_lock_seconds=5))
    assert rules(findings) == [told, ("session-blocked", "note")]
    assert {metric.name: metric.value for metric in metrics}["longest-hold"] == hold


def test_locks_nobody_looked_at_did_not_pass():
    findings, _ = lock_findings(rehearsal(samples=0), MigrationSettings())
    assert rules(findings) == [("no-samples", "error")]


def test_downtime_is_judged_by_its_objective():
    settings = MigrationSettings(max_downtime_seconds=5)
    assert rules(downtime_findings(rehearsal(gap=4), settings)[0]) == [("user-saw", "note")]
    assert rules(downtime_findings(rehearsal(gap=6), settings)[0])[1] == ("downtime-too-long", "error")


def test_a_candidate_that_never_answers_fails_whatever_the_gap():
    findings, metrics = downtime_findings(rehearsal(restart="it ended at once"), MigrationSettings())
    assert rules(findings)[1] == ("never-served", "error")
    assert "restart" not in {metric.name for metric in metrics}


ROWS = {"thing": 100_000}


def test_nothing_is_predicted_from_one_rehearsal():
    assert prediction_findings(rehearsal(), None, MigrationSettings(), "locks") == ([], [])
    findings, _ = prediction_findings(rehearsal(), None, MigrationSettings(production_rows=ROWS), "locks")
    assert rules(findings) == [("not-predicted", "note")]


def test_two_rehearsals_predict_production():
    small, large = rehearsal(rows=100, hold=1, upgrade=10), rehearsal(rows=1_100, hold=2, upgrade=20)
    settings = MigrationSettings(production_rows=ROWS, max_lock_seconds=50, max_downtime_seconds=2_000)
    findings, metrics = prediction_findings(small, large, settings, "locks")
    assert rules(findings) == [("predicted", "error")]
    assert metrics[0].value == pytest.approx(100.9)
    findings, metrics = prediction_findings(small, large, settings, "downtime")
    assert rules(findings) == [("predicted", "note")]
    assert metrics[0].value == pytest.approx(15 + 99_900 / 100)


def test_two_rehearsals_of_one_size_are_an_error():
    findings, _ = prediction_findings(rehearsal(), rehearsal(), MigrationSettings(production_rows=ROWS), "locks")
    assert rules(findings) == [("not-predicted", "error")]


def test_two_states_differ_in_schema_rows_and_external_ids():
    before = state(xmlids={"m.a": "res.partner,1", "m.b": "res.partner,2"})
    after = state(101, columns=("name", "more"), xmlids={"m.a": "res.partner,1"})
    said = [each.message for each in differences(before, after, "the second upgrade", "not-idempotent", "mend it")]
    assert len(said) == 4, said
    assert any("columns of thing: more" in each for each in said)
    assert any("rows of thing from 100 to 101" in each for each in said)
    assert any("m.b" in each for each in said)


def test_equal_states_and_tables_that_odoo_fills_by_itself_say_nothing():
    assert differences(state(), state(), "it", "rule", "mend it") == []
