"""What a policy asks of people and of figures, as the report gets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from odoo_gate.judgement.conditions import conditions_of
from odoo_gate.model import CheckResult, Metric, Outcome, Reason, Status, Verdict
from odoo_gate.policy import ManualAnswer, load_policy
from odoo_gate.report import Conditions, ScoreLine

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RULES = load_policy(b"""
version = 1
[environments.production]
demands = ["run.complete"]
[environments.production.approvals]
groups = { finance = 1 }
valid_for_hours = 12
[environments.production.override]
groups = { operations = 2 }
checks = ["load.*"]
[[environments.production.objectives]]
name = "restore"
check = "recovery.rto"
metric = "seconds"
pass = { at_most = 20 }
warn = { at_most = 60 }
weight = 4
[[environments.production.manual]]
check = "manual.payroll"
question = "Was a payroll run checked?"
groups = ["hr"]
about = "release"
valid_for_days = 10
""").rules("production")


def conditions(*answers: ManualAnswer, seconds: float | None = 30, reasons: tuple[Reason, ...] = ()) -> Conditions:
    metrics = () if seconds is None else (Metric("seconds", seconds, "s"),)
    results = [CheckResult("recovery.rto", "", Outcome.PASSED, NOW, 1.0, metrics=metrics)]
    verdict = Verdict(Status.NO_GO if reasons else Status.GO, "production", reasons)
    return conditions_of(RULES, results, verdict, answers, ("Bouw", "a" * 64), NOW)


def answer(days_ago: float, addons: str = "a" * 64) -> ManualAnswer:
    signed = NOW - timedelta(days=days_ago)
    return ManualAnswer("manual.payroll", "bram", "hr", "Bouw", addons, signed, NOW + timedelta(days=30), "done")


def test_objectives_and_their_score():
    tolerated = conditions()
    assert [(each.grade, each.points, each.weight) for each in tolerated.objectives] == [("warn", 2.0, 4)]
    assert tolerated.score == ScoreLine(50.0, 90)
    assert conditions(seconds=None).score == ScoreLine(None, 90)


def test_answers_count_until_the_policy_or_the_person_says():
    (asked,) = conditions(answer(1), answer(5), answer(11), answer(1, "b" * 64)).manual
    assert [(each.until - NOW, each.soon) for each in asked.answers] == [
        (timedelta(days=9), False),
        (timedelta(days=5), True),
    ]
    assert conditions().asked == {"manual.payroll": ("hr",)}


def test_approvals_and_what_nobody_may_override():
    found = conditions(reasons=(Reason("load.peaks", Outcome.FAILED, "slow"), Reason("tests.x", Outcome.FAILED, "no")))
    assert (found.approvals, found.approval_hours) == ({"finance": 1}, 12)
    assert found.override is not None
    assert found.override.beyond == ("tests.x",)
