"""How the runner tells outcomes apart, on plain unittest classes (Odoo 14's suite is unittest's)."""

from __future__ import annotations

import logging
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from odoo_gate.odoo.agent import series
from odoo_gate.odoo.agent.errors import AgentFailure
from odoo_gate.odoo.agent.logs import Recorder
from odoo_gate.odoo.agent.running import Runner


class Result(unittest.TestResult):
    """As much of Odoo's result class as the runner uses."""

    def getDescription(self, test: Any) -> str:
        return str(test)


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Runner]:
    monkeypatch.setattr(series, "number", lambda: 14)
    monkeypatch.setattr(series, "query_count", lambda: 0)
    monkeypatch.setattr(series, "result_class", lambda: Result)
    monkeypatch.setattr(series, "empty_suite", unittest.TestSuite)
    with Recorder(logging.INFO) as recorder:
        yield Runner("post_install", str(tmp_path), "db", recorder)


def run(runner: Runner, case: unittest.TestCase) -> dict[str, Any]:
    return runner.run(series.FoundTest("odoo.addons.x.tests.test_x", case), case.id())


class Case(unittest.TestCase):
    """Material, not a test of this project."""

    __test__ = False


class Plain(Case):
    def test_pass(self) -> None:
        pass

    def test_fail(self) -> None:
        self.assertEqual(1, 2)  # noqa: PT009 (a test of unittest tests)

    def test_error(self) -> None:
        raise KeyError("absent")

    def test_skip(self) -> None:
        raise unittest.SkipTest("Chrome executable not found")

    def test_logs_an_error(self) -> None:
        logging.getLogger("odoo.sql_db").error("bad query")

    def test_logs_a_warning(self) -> None:
        logging.getLogger("odoo.sql_db").warning("slow query")

    def test_subtests(self) -> None:
        for number in range(3):
            with self.subTest(number=number):
                self.assertEqual(number, 1)  # noqa: PT009

    @unittest.expectedFailure
    def test_unexpected(self) -> None:
        pass

    def test_screenshot(self) -> None:
        self.fail("look")


@pytest.mark.parametrize(
    ("name", "outcome", "reason"),
    [
        ("test_pass", "passed", ""),
        ("test_fail", "failed", "AssertionError: 1 != 2"),
        ("test_error", "errored", "KeyError: 'absent'"),
        ("test_skip", "skipped", "Chrome executable not found"),
        ("test_logs_an_error", "failed", "logged at ERROR: odoo.sql_db: bad query"),
        ("test_logs_a_warning", "passed", ""),
        ("test_unexpected", "failed", "passed, although it is marked as an expected failure"),
    ],
)
def test_outcomes(runner: Runner, name: str, outcome: str, reason: str) -> None:
    result = run(runner, Plain(name))
    assert (result["outcome"], result["reason"]) == (outcome, reason)


def test_a_passing_test_shows_its_warnings(runner: Runner) -> None:
    assert [line["message"] for line in run(runner, Plain("test_logs_a_warning"))["log"]] == ["slow query"]


def test_each_failed_subtest_is_told(runner: Runner) -> None:
    result = run(runner, Plain("test_subtests"))
    assert result["outcome"] == "failed"
    assert [subtest["outcome"] for subtest in result["subtests"]] == ["failed", "failed"]
    assert result["problems"] == 2


def test_a_failure_of_one_test_is_not_the_next_ones(runner: Runner) -> None:
    assert run(runner, Plain("test_fail"))["outcome"] == "failed"
    assert run(runner, Plain("test_pass"))["outcome"] == "passed"


def test_screenshots_of_a_test_are_its_own(runner: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "db" / "screenshots"
    folder.mkdir(parents=True)
    (folder / "a.png").write_bytes(b"")
    assert run(runner, Plain("test_screenshot"))["artifacts"] == [str(folder / "a.png")]
    assert run(runner, Plain("test_pass"))["artifacts"] == []


class Tracked(Case):
    calls: ClassVar[list[str]] = []

    @classmethod
    def setUpClass(cls) -> None:
        cls.calls.append("up")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.calls.append("down")

    def test_a(self) -> None:
        self.calls.append("a")

    def test_b(self) -> None:
        self.calls.append("b")


def test_a_class_is_set_up_once_and_torn_down_when_ended(runner: Runner) -> None:
    Tracked.calls.clear()
    run(runner, Tracked("test_a"))
    run(runner, Tracked("test_b"))
    assert runner.end_class()["outcome"] == "passed"
    assert Tracked.calls == ["up", "a", "b", "down"]


def test_the_next_class_must_wait_for_the_end_of_the_last(runner: Runner) -> None:
    run(runner, Tracked("test_a"))
    with pytest.raises(AgentFailure, match="has not been ended"):
        run(runner, Plain("test_pass"))


class BrokenSetUp(Tracked):
    @classmethod
    def setUpClass(cls) -> None:
        raise RuntimeError("no chart of accounts")


def test_a_failed_set_up_is_the_error_of_every_test_of_the_class(runner: Runner) -> None:
    for name in ("test_a", "test_b"):
        result = run(runner, BrokenSetUp(name))
        assert result["outcome"] == "errored"
        assert "no chart of accounts" in result["reason"]
        assert "setUpClass" in result["traceback"]


def test_after_a_failed_set_up_the_next_class_runs(runner: Runner) -> None:
    run(runner, BrokenSetUp("test_a"))
    runner.end_class()
    assert run(runner, Plain("test_pass"))["outcome"] == "passed"


class SkippedSetUp(Tracked):
    @classmethod
    def setUpClass(cls) -> None:
        raise unittest.SkipTest("needs demo data")


def test_a_skip_in_set_up_skips_every_test_with_the_reason(runner: Runner) -> None:
    for name in ("test_a", "test_b"):
        result = run(runner, SkippedSetUp(name))
        assert (result["outcome"], result["reason"]) == ("skipped", "needs demo data")


class BrokenTearDown(Tracked):
    @classmethod
    def tearDownClass(cls) -> None:
        raise RuntimeError("cannot close")


def test_a_failed_tear_down_is_told_when_the_class_ends(runner: Runner) -> None:
    assert run(runner, BrokenTearDown("test_a"))["outcome"] == "passed"
    ended = runner.end_class()
    assert ended["outcome"] == "errored"
    assert "cannot close" in ended["reason"]


def test_ending_no_class_is_nothing(runner: Runner) -> None:
    assert runner.end_class()["outcome"] == "passed"


class Forgiving(Result):
    """Odoo's result while a retry may follow."""

    _soft_fail = True


@pytest.mark.usefixtures("runner")
def test_a_failure_that_odoo_forgives_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(series, "result_class", lambda: Forgiving)
    with Recorder(logging.INFO) as recorder:
        forgiving = Runner("post_install", str(tmp_path), "db", recorder)
        assert run(forgiving, Plain("test_fail"))["outcome"] == "passed"
