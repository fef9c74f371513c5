"""One test after another through Odoo's own suite and result classes, each outcome told apart."""

from __future__ import annotations

import logging
import os
import time
import unittest
from typing import Any, Dict, List, Optional, Set, Type

from . import series
from .errors import AgentFailure
from .logs import Line, Recorder, from_level

Outcome = Dict[str, Any]

LOG_TAIL = 200
"""Log lines sent with a failed test; a passed one carries its warnings only."""


class Verdicts:
    """What the result class was told since the last `take`."""

    def __init__(self) -> None:
        self.problems: List[Dict[str, str]] = []
        self.skips: List[Dict[str, str]] = []
        self.subtests: List[Dict[str, str]] = []
        self.unexpected_success = False
        self.expected_failure = False


def recording_result() -> Any:
    """Odoo's own result class, with a memory.

    A failure that Odoo forgives (a retry will follow) is not remembered.
    """
    parent: Type[Any] = series.result_class()

    class RecordingResult(parent):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.verdicts = Verdicts()

        def take(self) -> Verdicts:
            verdicts, self.verdicts = self.verdicts, Verdicts()
            return verdicts

        def addError(self, test: Any, err: Any) -> None:
            self._remember("errored", test, err)
            super().addError(test, err)

        def addFailure(self, test: Any, err: Any) -> None:
            self._remember("failed", test, err)
            super().addFailure(test, err)

        def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
            if err is not None and not getattr(self, "_soft_fail", False):
                kind = "failed" if issubclass(err[0], test.failureException) else "errored"
                trace = self._exc_info_to_string(err, test)
                self.verdicts.subtests.append(
                    {"outcome": kind, "name": self.getDescription(subtest), "traceback": trace}
                )
                self._remember(kind, test, err)
            before = self.verdicts
            self.verdicts = Verdicts()  # some series pass a failed subtest on to addFailure: it is counted above
            try:
                super().addSubTest(test, subtest, err)
            finally:
                self.verdicts = before

        def addSkip(self, test: Any, reason: str) -> None:
            self.verdicts.skips.append({"of": self.getDescription(test), "reason": str(reason)})
            super().addSkip(test, reason)

        def addExpectedFailure(self, test: Any, err: Any) -> None:
            self.verdicts.expected_failure = True
            if hasattr(super(), "addExpectedFailure"):
                super().addExpectedFailure(test, err)

        def addUnexpectedSuccess(self, test: Any) -> None:
            self.verdicts.unexpected_success = True
            if hasattr(super(), "addUnexpectedSuccess"):
                super().addUnexpectedSuccess(test)

        def _remember(self, outcome: str, test: Any, err: Any) -> None:
            if getattr(self, "_soft_fail", False):
                return
            self.verdicts.problems.append(
                {
                    "outcome": outcome,
                    "of": self.getDescription(test),
                    "message": _message(err),
                    "traceback": self._exc_info_to_string(err, test),
                }
            )

    return RecordingResult()


def _message(err: Any) -> str:
    text = str(err[1]).strip()
    return str(err[0].__name__) + (": " + text if text else "")


class Runner:
    """Runs the tests of one lane of one database, one at a time."""

    def __init__(self, lane: str, screenshots: str, database: str, recorder: Recorder) -> None:
        self._lane = lane
        self._artifacts = os.path.join(screenshots, database)
        self._recorder = recorder
        self._suite = series.empty_suite()
        self._result = recording_result()
        self._class: Optional[type] = None
        self._class_trouble: Optional[Outcome] = None
        self._seen: Set[str] = set()

    def run(self, test: series.FoundTest, identity: str) -> Outcome:
        """Run one test; its class is set up when it is the first of it.

        Raises AgentFailure when another class has not been ended yet.
        """
        case = test.case
        if self._class is not None and type(case) is not self._class:
            raise AgentFailure("class " + self._class.__name__ + " has not been ended: send end_class first")
        started, queries = time.monotonic(), series.query_count()
        if self._class is None:
            self._enter(case)
        if self._class_trouble is not None:
            outcome = dict(self._class_trouble)
        else:
            series.run_case(case, self._result)
            outcome = self._judge(self._result.take())
        outcome.update(
            id=identity,
            duration=time.monotonic() - started,
            queries=series.query_count() - queries,
            artifacts=self._new_artifacts(),
        )
        return outcome

    def end_class(self) -> Outcome:
        """Tear the current class down, if any; failed when that raised or logged an error."""
        started = time.monotonic()
        if self._class is not None:
            series.leave_class(self._suite, self._result)
            self._class = None
            self._class_trouble = None
        outcome = self._judge(self._result.take())
        outcome.update(duration=time.monotonic() - started, artifacts=self._new_artifacts())
        return outcome

    def _enter(self, case: unittest.TestCase) -> None:
        self._class = type(case)
        self._class_trouble = None
        series.enter_class(self._suite, case, self._result)
        verdicts: Verdicts = self._result.take()
        if series.class_failed(case, self._result) or verdicts.problems or verdicts.skips:
            self._class_trouble = self._judge(verdicts)
            if self._class_trouble["outcome"] == "passed":
                raise AgentFailure("the set-up of " + self._class.__name__ + " failed without saying why")

    def _judge(self, verdicts: Verdicts) -> Outcome:
        lines = self._recorder.take()
        outcome: Outcome = {
            "outcome": "passed",
            "reason": "",
            "traceback": "",
            "subtests": verdicts.subtests,
            "log": from_level(lines, logging.WARNING),
        }
        if verdicts.problems:
            worst = next((p for p in verdicts.problems if p["outcome"] == "errored"), verdicts.problems[0])
            outcome.update(
                outcome=worst["outcome"],
                reason=worst["message"],
                traceback="\n".join(problem["traceback"] for problem in verdicts.problems),
            )
        elif verdicts.unexpected_success:
            outcome.update(outcome="failed", reason="passed, although it is marked as an expected failure")
        elif _errors(lines):
            first = _errors(lines)[0]
            outcome.update(
                outcome="failed",
                reason="logged at " + first["level"] + ": " + first["logger"] + ": " + first["message"],
                traceback="\n".join(line["traceback"] for line in _errors(lines) if line["traceback"]),
            )
        elif verdicts.skips:
            outcome.update(outcome="skipped", reason=verdicts.skips[0]["reason"] or "skipped without a reason")
        if outcome["outcome"] != "passed":
            outcome["log"] = lines[-LOG_TAIL:]
        outcome["problems"] = len(verdicts.problems)
        return outcome

    def _new_artifacts(self) -> List[str]:
        found = {os.path.join(folder, name) for folder, _, names in os.walk(self._artifacts) for name in names}
        new = sorted(found - self._seen)
        self._seen |= found
        return new


def _errors(lines: List[Line]) -> List[Line]:
    return from_level(lines, logging.ERROR)
