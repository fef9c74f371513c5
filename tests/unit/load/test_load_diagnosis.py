"""From what was seen to where the time went."""

from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_gate.load.diagnosis import Facts, Resource
from odoo_gate.load.diagnosis.judgement import busy_workers, diagnose
from odoo_gate.load.diagnosis.model import (
    LockWait,
    Machine,
    Moment,
    PlanScan,
    Queues,
    RedisUse,
    StatementCost,
    WorkerLife,
)
from odoo_gate.load.diagnosis.statements import scans_in
from odoo_gate.load.diagnosis.workers import http_workers, read_lives

QUIET = Facts(
    seconds=10.0,
    moments=(Moment(100.0, 1, 1, {}, 0), Moment(100.25, 7, 2, {"Lock:tuple": 1}, 1)),
    locks=(),
    statements=(),
    tables=(),
    workers=WorkerLife(frozenset({7, 8}), 0, (), (), 0, 0),
    machine=Machine(2, 0.4, 0.5, 0.3, 100, 100, 100),
    redis=RedisUse(10.0, 0.01, 0.001, 0, 0),
    queues=Queues({"cron": 1}),
)
SCAN = PlanScan("construction_budget_line", 50_000, 12, "((code)::text = ($1)::text)", ("code",))
STATEMENT = StatementCost("SELECT id FROM construction_budget_line WHERE code = $1", 40, 2.0, 0.05, "[]", (SCAN,))


def rules(facts: Facts) -> list[str]:
    return [finding.rule for finding in diagnose(facts).findings]


def test_a_quiet_site_has_nothing_to_tell_and_all_its_numbers():
    diagnosis = diagnose(QUIET)
    assert diagnosis.findings == ()
    assert busy_workers(QUIET) == (1.5, 2)
    assert diagnosis.saturation[Resource.WORKERS] == 0.75
    assert diagnosis.saturation[Resource.POSTGRES] == pytest.approx(1 / 3)
    assert {metric.name for metric in diagnosis.metrics} >= {"busy workers", "retries", "queue cron deepest"}
    assert {"workers", "waits"} == diagnosis.pictures.keys()


def test_a_table_read_whole_for_a_few_rows_wants_an_index():
    (finding,) = diagnose(replace(QUIET, statements=(STATEMENT,))).findings
    assert finding.rule == "missing-index"
    assert "construction_budget_line (code)" in finding.remedy


@pytest.mark.parametrize(
    "scan",
    [
        replace(SCAN, rows=200),
        replace(SCAN, kept=40_000),
        replace(SCAN, columns=()),
    ],
    ids=["small table", "most rows", "no column"],
)
def test_a_scan_that_no_index_would_help_is_not_told(scan: PlanScan):
    assert rules(replace(QUIET, statements=(replace(STATEMENT, scans=(scan,)),))) == []


def test_a_statement_that_costs_nothing_is_not_told():
    assert rules(replace(QUIET, statements=(replace(STATEMENT, total=0.001),))) == []


def test_locks_retries_recycling_and_a_full_redis_are_told():
    facts = replace(
        QUIET,
        locks=(LockWait("UPDATE ir_sequence", "UPDATE account_move", 3.0),),
        workers=WorkerLife(frozenset({7, 8, 9}), 1, ("max request 100",), ("after 120s",), 4, 1),
        redis=RedisUse(10.0, 0.01, 0.001, 5, 0),
    )
    assert set(rules(facts)) == {"lock-wait", "worker-killed", "worker-recycled", "serialization-retries", "redis-full"}


def test_without_a_look_there_is_no_answer():
    with pytest.raises(ValueError, match="nothing was seen"):
        diagnose(replace(QUIET, moments=()))


@pytest.mark.parametrize(
    ("cpu", "waits", "limiting"),
    [(0.97, 0, Resource.CPU), (0.4, 2, Resource.POSTGRES), (0.4, 0, Resource.WORKERS)],
)
def test_busy_workers_are_the_effect_where_something_else_is_short(cpu: float, waits: int, limiting: Resource):
    moments = (Moment(1.0, 2, 2, {"Lock:transactionid": waits} if waits else {}, waits),)
    facts = replace(QUIET, moments=moments, machine=replace(QUIET.machine, cpu=cpu))
    assert diagnose(facts).limiting is limiting


def test_the_log_tells_the_lives_of_workers():
    stamp = "2026-10-30 09:15:11,000 25 INFO erp odoo."
    before = http_workers([f"{stamp}service.server: Worker WorkerHTTP (25) alive"])
    lines = [
        f"{stamp}service.server: Worker (25) max request (8192) reached.",
        f"{stamp}service.server: Worker WorkerHTTP (31) alive",
        f"{stamp}service.server: Worker WorkerCron (32) alive",
        f"{stamp}service.server: WorkerHTTP (31) timeout after 120s",
        f"{stamp}service.model: SERIALIZATION_FAILURE, 4 tries left, try again in 1.4814 sec...",
        f"{stamp}service.model: SERIALIZATION_FAILURE, maximum number of tries reached!",
    ]
    lives = read_lives(before, lines)
    assert lives == WorkerLife(frozenset({25, 31}), 1, ("max request 8192",), ("after 120s",), 1, 1)


def test_a_plan_gives_its_sequential_scans_with_their_columns():
    plan = {
        "Node Type": "Limit",
        "Plans": [
            {"Node Type": "Seq Scan", "Relation Name": "t", "Plan Rows": 3,
             "Filter": "(((code)::text = ($1)::text) AND (company_id = $2))"},
            {"Node Type": "Index Scan", "Relation Name": "u", "Plan Rows": 3, "Filter": "(x = 1)"},
        ],
    }  # fmt: skip
    (scan,) = scans_in(plan, {"t": 9000.0})
    assert (scan.table, scan.rows, scan.kept, scan.columns) == ("t", 9000.0, 3.0, ("code", "company_id"))
