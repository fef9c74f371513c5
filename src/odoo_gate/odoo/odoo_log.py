"""What Odoo's own runner says of each test, read from its log. For comparisons with ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from odoo_gate.model import Outcome
from odoo_gate.odoo.agent_client import Lane

_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>[\w.]+): (?P<message>.*)$"
)
_START = re.compile(r"^Starting (?P<test>[\w.]+) \.\.\.")
_SKIP = re.compile(r"^skipped (?P<test>[\w.]+)(?: : (?P<reason>.*))?$")
_CLASS_SKIP = re.compile(r"^skipped (?:setUpClass|tearDownClass) \((?P<cls>[\w.]+)\)(?: : (?P<reason>.*))?$")
_PROBLEM = re.compile(r"^(?P<kind>FAIL|ERROR): (?P<what>.*)$")
_CLASS_PROBLEM = re.compile(r"^(?P<step>setUpClass|tearDownClass) \((?P<cls>[\w.]+)\)$")
_TIMEOUT = re.compile(r"TIMEOUT step failed to complete|\bTimeoutError\b|Script timeout exceeded")
_POST_INSTALL = "Starting post tests"
_SUMMARIES = frozenset({"odoo.modules.loading", "odoo.tests.result", "odoo.tests.runner"})
"""Loggers of the runner's own closing lines, which repeat at ERROR what the tests' lines said."""

TestKey = tuple[Lane, str]
"""A lane, and Odoo's canonical tag of a test."""


@dataclass
class OdooRun:
    """Outcomes by lane and test; classes that could not be set up, with what became of their tests."""

    outcomes: dict[TestKey, Outcome] = field(default_factory=dict)
    reasons: dict[TestKey, str] = field(default_factory=dict)
    classes: dict[TestKey, Outcome] = field(default_factory=dict)
    """By lane and canonical tag up to the class."""
    timed_out: set[TestKey] = field(default_factory=set)
    """Tests of which the log says that the browser was waited for in vain."""
    finished: bool = False

    def outcome_of(self, lane: Lane, test: str) -> Outcome | None:
        """None when Odoo did not run it."""
        found = self.outcomes.get((lane, test))
        return found if found is not None else self.classes.get((lane, test.rpartition(".")[0]))


def read_run(lines: Iterable[str]) -> OdooRun:
    """The outcomes of one `odoo ... --test-enable` from its log lines."""
    run = OdooRun()
    lane: Lane = "at_install"
    current: TestKey | None = None
    for line in lines:
        match = _LINE.match(line.rstrip("\n"))
        if match is None:
            if current is not None and _TIMEOUT.search(line):
                run.timed_out.add(current)
            continue
        logger, message = match["logger"], match["message"].rstrip()
        if message.startswith(_POST_INSTALL):
            lane, current = "post_install", None
        elif start := _START.match(message):
            current = (lane, tag_of(logger, start["test"]))
            run.outcomes[current] = Outcome.PASSED
        elif skip := _CLASS_SKIP.match(message):
            run.classes[lane, _tag_of_class(skip["cls"])] = Outcome.SKIPPED
        elif skip := _SKIP.match(message):
            run.outcomes[lane, tag_of(logger, skip["test"])] = Outcome.SKIPPED
            run.reasons[lane, tag_of(logger, skip["test"])] = skip["reason"] or ""
        elif logger in _SUMMARIES:
            run.finished = run.finished or " when loading database " in message
        elif match["level"] in ("ERROR", "CRITICAL"):
            _problem(run, lane, current, message)
    return run


def tag_of(logger: str, test: str) -> str:
    """Odoo's canonical tag from the logger's name (the test's Python module) and `Class.method`."""
    return f"/{logger.removeprefix('odoo.addons.').replace('.', '/')}.py:{test}"


def _tag_of_class(dotted: str) -> str:
    module, _, cls = dotted.rpartition(".")
    return tag_of(module, cls)


def _problem(run: OdooRun, lane: Lane, current: TestKey | None, message: str) -> None:
    """An ERROR line: the runner's own, or one that fails the running test on Odoo's runbot."""
    problem = _PROBLEM.match(message)
    if problem and (broken := _CLASS_PROBLEM.match(problem["what"])):
        if broken["step"] == "setUpClass":
            run.classes[lane, _tag_of_class(broken["cls"])] = Outcome.ERRORED
        return
    if current is None:
        return
    errored = problem is not None and problem["kind"] == "ERROR"
    outcome = Outcome.ERRORED if errored else Outcome.FAILED
    run.outcomes[current] = worst(run.outcomes[current], outcome)


def worst(one: Outcome, other: Outcome) -> Outcome:
    """Of several things that happened in one test, what it is called."""
    order: Mapping[Outcome, int] = {
        Outcome.PASSED: 0,
        Outcome.SKIPPED: 1,
        Outcome.FAILED: 2,
        Outcome.ERRORED: 3,
    }
    return max(one, other, key=order.__getitem__)
