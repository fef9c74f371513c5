"""Runs beside one another: what is flaky, what moved, and that the same failure is known again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from odoo_gate.model import CheckResult, Metric, Outcome, ReleaseSubject, Status
from odoo_gate.report import JudgedRun, compare_runs
from odoo_gate.report.history import fingerprint, flaky, moved_metrics, seen_before

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SUBJECT = ReleaseSubject("Bouw", "19.0", "production", "c" * 40, False, {"a": "d" * 64}, (), "e" * 64)


def result(outcome: Outcome, reason: str = "", *, took: float = 1.0, rto: float = 10.0) -> CheckResult:
    return CheckResult("recovery.rto", "", outcome, NOW, took, reason, metrics=(Metric("rto", rto, "s"),))


def run(name: str, *results: CheckResult, subject: ReleaseSubject = SUBJECT) -> JudgedRun:
    return JudgedRun.of(name, Status.GO, subject, results, NOW - timedelta(minutes=3), NOW)


def test_numbers_addresses_and_ids_do_not_make_another_failure():
    one = result(Outcome.FAILED, "lock 0x7ffe12 of 3.2 s on 5f1d6f1e-0000-4000-8000-1234567890ab")
    two = result(Outcome.FAILED, "lock 0x8abc99 of 17 s on 99999999-0000-4000-8000-1234567890ab\nmore")
    assert fingerprint(one) == fingerprint(two)
    assert fingerprint(one) != fingerprint(result(Outcome.FAILED, "no backup of 3.2 s"))


def test_flaky_is_what_passed_and_failed_on_one_candidate():
    runs = [
        run("3", result(Outcome.FAILED, "x 1")),
        run("2", result(Outcome.PASSED)),
        run("1", result(Outcome.ERRORED, "y")),
    ]
    (found,) = flaky(runs)
    assert (found.check, found.passed, found.failed) == ("recovery.rto", ("2",), ("3", "1"))


def test_another_candidate_may_fail_without_being_flaky():
    other = replace(SUBJECT, addons={"a": "f" * 64})
    assert flaky([run("2", result(Outcome.FAILED, "x"), subject=other), run("1", result(Outcome.PASSED))]) == []


def test_a_failure_is_known_again():
    before = run("1", result(Outcome.FAILED, "it took 12 s"))
    again = result(Outcome.FAILED, "it took 99 s")
    assert seen_before(("recovery.rto", ""), fingerprint(again), [before]) == ("1",)
    assert seen_before(("recovery.rto", ""), fingerprint(result(Outcome.FAILED, "other")), [before]) == ()


def test_what_moved_is_compared_with_the_median_of_those_before():
    runs = [
        run("4", result(Outcome.PASSED, rto=20)),
        *(run(str(n), result(Outcome.PASSED, rto=r)) for n, r in ((3, 10), (2, 90), (1, 10))),
    ]
    (trend,) = moved_metrics(runs)
    assert (trend.usual, trend.change, trend.values) == (10, 1.0, (10, 90, 10, 20))


def test_little_movement_is_none():
    assert moved_metrics([run("2", result(Outcome.PASSED, rto=10.5)), run("1", result(Outcome.PASSED, rto=10))]) == []


def test_trends_are_among_runs_for_the_same_environment():
    qa = replace(SUBJECT, environment="qa")
    story = compare_runs([run("2", result(Outcome.PASSED, took=9)), run("1", result(Outcome.PASSED), subject=qa)])
    assert len(story.runs) == 2
    assert [(line.now, line.samples) for line in story.durations] == [("9.0 s", 1)]


def test_no_runs_are_no_story():
    assert compare_runs([]).runs == ()
