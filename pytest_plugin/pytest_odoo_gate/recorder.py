"""Turns pytest's reports into evidence: one CheckResult for each gate check and each test.

Findings and metrics travel on the report as plain JSON, so they survive the way from an xdist worker.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from odoo_gate.evidence import RUN_COMPLETE, EvidenceWriter
from odoo_gate.model import CheckResult, Finding, Metric, Outcome, Place, Severity
from pytest_odoo_gate.checks import CheckFailed, GateRecord

CHECK_PROPERTY = "odoo_gate.check"
TARGET_PROPERTY = "odoo_gate.target"
PROJECT_TESTS = "tests.project"

ENDED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
"""The statuses of a session that pytest did not break off."""

record_key = pytest.StashKey[GateRecord]()


def facts_of(item: pytest.Item, call: pytest.CallInfo[Any]) -> str:
    """What evidence needs to know of one phase of `item`, as JSON."""
    check, target = _identity(item)
    error = call.excinfo.value if call.excinfo is not None else None
    record = item.stash.get(record_key, None)
    findings = list(error.findings) if isinstance(error, CheckFailed) else []
    facts = {
        "check": check,
        "target": target,
        "judged": isinstance(error, AssertionError | pytest.fail.Exception) or _says_failed(item, error),
        "findings": [asdict(finding) for finding in (*findings, *(record.findings if record else ()))],
        "metrics": [asdict(metric) for metric in record.metrics] if record else [],
        "artifacts": list(record.artifacts) if record else [],
    }
    return json.dumps(facts)


def _says_failed(item: pytest.Item, error: BaseException | None) -> bool:
    """Whether an item of another kind (an Odoo test) calls its own exception a failed test."""
    judge = getattr(item, "is_failure", None)
    return bool(error is not None and judge is not None and judge(error))


def _identity(item: pytest.Item) -> tuple[str, str]:
    properties = dict(item.user_properties)
    if CHECK_PROPERTY in properties:
        return str(properties[CHECK_PROPERTY]), str(properties[TARGET_PROPERTY])
    marker = item.get_closest_marker("gate")
    if marker is None:
        return PROJECT_TESTS, item.nodeid
    callspec = getattr(item, "callspec", None)
    return str(marker.args[0]), callspec.id if callspec is not None else ""


class Recorder:
    """Collects the phases of every test in the controller and writes a line of evidence when it ends."""

    def __init__(self, writer: EvidenceWriter) -> None:
        self._writer = writer
        self._phases: dict[str, list[pytest.TestReport]] = {}
        self._expected: set[str] = set()
        self._finished: set[str] = set()
        self._broken: list[Finding] = []
        self._started = datetime.now(UTC)

    def expect(self, nodeids: Sequence[str]) -> None:
        """These tests were selected: each must come to an end."""
        self._expected.update(nodeids)
        for nodeid, count in Counter(nodeids).items():
            if count > 1:
                self._broken.append(
                    Finding(
                        "same-name",
                        f"{count} tests have the name {nodeid}: their results cannot be told apart",
                        place=Place(nodeid) if nodeid else None,
                        remedy="give pytest the project's folder as --rootdir",
                    )
                )

    @property
    def expected(self) -> Set[str]:
        return self._expected

    def incomplete(self, findings: Iterable[Finding]) -> None:
        """Say what else keeps the run from being complete."""
        self._broken.extend(findings)

    def collection_failed(self, report: pytest.CollectReport) -> None:
        self._broken.append(
            Finding(
                "collection-failed",
                f"{report.nodeid or 'the session'} could not be collected: {_last_line(report.longreprtext)}",
                place=Place(report.nodeid) if report.nodeid else None,
                remedy=f"run `pytest --collect-only {report.nodeid}` and mend the error it shows",
            )
        )

    def add(self, report: pytest.TestReport) -> None:
        phases = self._phases.setdefault(report.nodeid, [])
        phases.append(report)
        if report.when == "teardown":
            self._finish(report.nodeid, phases)

    def _finish(self, nodeid: str, phases: Sequence[pytest.TestReport]) -> None:
        self._writer.write(_result(phases))
        self._finished.add(nodeid)

    def close(self, exitstatus: int, deselected: Sequence[str]) -> None:
        """Say whether everything that was there to run came to an end: the check `run.complete`."""
        broken = (*self._broken, *_left_out(deselected), *self._unfinished()) or self._empty(exitstatus)
        now = datetime.now(UTC)
        self._writer.write(
            CheckResult(
                check=RUN_COMPLETE,
                target="",
                outcome=Outcome.ERRORED if broken else Outcome.PASSED,
                started=self._started,
                duration=(now - self._started).total_seconds(),
                reason=broken[0].message if broken else "",
                findings=broken,
                metrics=(Metric("finished", len(self._finished), "1"),),
            )
        )

    def _empty(self, exitstatus: int) -> tuple[Finding, ...]:
        """Nothing is missing; still pytest may have given up, or had nothing to do."""
        if exitstatus not in ENDED:
            return (Finding("aborted", f"pytest ended with status {int(exitstatus)}", remedy="see its output"),)
        if not self._finished:
            return (Finding("nothing-ran", "no test and no check ran", remedy="see `pytest --collect-only`"),)
        return ()

    def _unfinished(self) -> Iterator[Finding]:
        for nodeid in sorted((self._expected | self._phases.keys()) - self._finished):
            yield Finding(
                "never-finished",
                f"{nodeid} was selected and never came to an end",
                place=Place(nodeid),
                remedy="run it alone; a crashed worker or an interrupted run leaves tests like this",
            )


def _left_out(nodeids: Sequence[str]) -> Iterator[Finding]:
    """A gate runs all there is: what a -k, a -m or a conftest.py deselected is not proven."""
    if nodeids:
        yield Finding(
            "deselected",
            f"{len(nodeids)} tests were deselected, the first is {nodeids[0]}",
            place=Place(nodeids[0]),
            remedy="take out the -k, -m, --deselect or conftest.py that deselects",
        )


def _result(phases: Sequence[pytest.TestReport]) -> CheckResult:
    """One test's phases (set-up, call, tear-down) as one result."""
    decisive = next((phase for phase in phases if phase.failed), None) or next(
        (phase for phase in phases if phase.skipped), phases[-1]
    )
    facts = [_facts(phase) for phase in phases]
    call = next((fact for phase, fact in zip(phases, facts, strict=True) if phase.when == "call"), facts[-1])
    return CheckResult(
        check=facts[0]["check"],
        target=facts[0]["target"],
        outcome=_outcome(decisive),
        started=datetime.fromtimestamp(phases[0].start, UTC),
        duration=sum(phase.duration for phase in phases),
        reason="" if decisive.passed else _reason(decisive),
        findings=tuple(_finding(finding) for finding in call["findings"]),
        metrics=tuple(Metric(**metric) for metric in call["metrics"]),
        artifacts=tuple(call["artifacts"]),
    )


def _facts(report: pytest.TestReport) -> dict[str, Any]:
    return dict(json.loads(report.odoo_gate))


def _outcome(decisive: pytest.TestReport) -> Outcome:
    if decisive.passed:
        return Outcome.PASSED
    if decisive.skipped:
        return Outcome.SKIPPED
    judged = _facts(decisive)["judged"]
    return Outcome.FAILED if decisive.when == "call" and judged else Outcome.ERRORED


def _reason(report: pytest.TestReport) -> str:
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ") or "skipped without a reason"
    return _last_line(report.longreprtext) or f"{report.nodeid} {report.outcome} in {report.when}"


def _last_line(text: str) -> str:
    lines = [line.removeprefix("E").strip() for line in text.splitlines() if line.startswith("E ")]
    first = lines[0] if lines else text.strip().rpartition("\n")[2].strip()
    return first.removeprefix(f"{CheckFailed.__module__}.{CheckFailed.__qualname__}: ")


def _finding(plain: dict[str, Any]) -> Finding:
    place = plain["place"]
    return Finding(
        rule=plain["rule"],
        message=plain["message"],
        severity=Severity(plain["severity"]),
        place=Place(**place) if place else None,
        remedy=plain["remedy"],
    )
