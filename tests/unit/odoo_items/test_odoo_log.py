from __future__ import annotations

import pytest

from odoo_gate.model import Outcome
from odoo_gate.odoo.odoo_log import read_run, tag_of

STAMP = "2026-11-21 20:30:00,381 1"
MODULE = "odoo.addons.x.tests.test_a"


def line(text: str, level: str = "INFO", logger: str = MODULE) -> str:
    return f"{STAMP} {level} db {logger}: {text} "


def test_a_test_without_a_complaint_passed() -> None:
    run = read_run([line("Starting TestA.test_one ...")])
    assert run.outcome_of("at_install", "/x/tests/test_a.py:TestA.test_one") is Outcome.PASSED


@pytest.mark.parametrize(
    ("text", "level", "outcome"),
    [
        ("FAIL: TestA.test_one", "ERROR", Outcome.FAILED),
        ("ERROR: TestA.test_one", "ERROR", Outcome.ERRORED),
        ("FAIL: Subtest TestA.test_one (n=1)", "ERROR", Outcome.FAILED),
        ("skipped TestA.test_one : no Chrome", "INFO", Outcome.SKIPPED),
        ("bad query: SELECT", "ERROR", Outcome.FAILED),
        ("slow query", "WARNING", Outcome.PASSED),
    ],
)
def test_what_is_said_during_a_test_is_its_outcome(text: str, level: str, outcome: Outcome) -> None:
    run = read_run([line("Starting TestA.test_one ..."), line(text, level)])
    assert run.outcome_of("at_install", "/x/tests/test_a.py:TestA.test_one") is outcome


def test_the_lane_changes_with_the_post_tests() -> None:
    start = line("Starting TestA.test_one ...")
    run = read_run([start, line("Starting post tests", logger="odoo.service.server"), start])
    assert {lane for lane, _ in run.outcomes} == {"at_install", "post_install"}


@pytest.mark.parametrize(
    ("text", "level", "outcome"),
    [
        (f"ERROR: setUpClass ({MODULE}.TestA)", "ERROR", Outcome.ERRORED),
        (f"skipped setUpClass ({MODULE}.TestA) : needs demo data", "INFO", Outcome.SKIPPED),
    ],
)
def test_a_class_that_is_not_set_up_speaks_for_its_tests(text: str, level: str, outcome: Outcome) -> None:
    run = read_run([line(text, level, "odoo.tests.suite")])
    assert run.outcome_of("at_install", "/x/tests/test_a.py:TestA.test_one") is outcome


def test_the_closing_lines_are_nobodys_failure() -> None:
    run = read_run(
        [
            line("Starting TestA.test_one ..."),
            line("Module x: 1 failures, 0 errors of 3 tests", "ERROR", "odoo.modules.loading"),
            line("1 failed, 0 error(s) of 3 tests when loading database 'db'", "ERROR", "odoo.tests.result"),
        ]
    )
    assert run.outcome_of("at_install", "/x/tests/test_a.py:TestA.test_one") is Outcome.PASSED
    assert run.finished


def test_a_test_that_did_not_run_has_no_outcome() -> None:
    assert read_run([]).outcome_of("at_install", "/x/tests/test_a.py:TestA.test_one") is None


def test_lines_of_tracebacks_are_no_log_lines() -> None:
    run = read_run([line("Starting TestA.test_one ..."), "ERROR: TestA.test_one", '  File "x.py", line 1'])
    assert run.outcome_of("at_install", "/x/tests/test_a.py:TestA.test_one") is Outcome.PASSED


def test_tag() -> None:
    assert tag_of("odoo.addons.x.tests.deep.test_a", "TestA.test_one") == "/x/tests/deep/test_a.py:TestA.test_one"


def test_a_browser_waited_for_in_vain_is_told_from_a_wrong_answer() -> None:
    run = read_run(
        [
            line("Starting TestA.test_slow ..."),
            line("FAIL: TestA.test_slow", "ERROR"),
            "TIMEOUT step failed to complete within 10000 ms.",
            line("Starting TestA.test_wrong ..."),
            line("FAIL: TestA.test_wrong", "ERROR"),
            "AssertionError: 1 != 2",
        ]
    )
    assert run.timed_out == {("at_install", "/x/tests/test_a.py:TestA.test_slow")}
