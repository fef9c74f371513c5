"""What a gate check says: it fails with findings, and leaves metrics and artefacts behind."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from odoo_gate.model import Finding, Metric, Severity
from odoo_gate.picture import SUFFIX, Picture


class CheckFailed(AssertionError):
    """A gate check found something wrong. Carries at least one finding of severity error."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        if not any(finding.severity is Severity.ERROR for finding in self.findings):
            raise ValueError("CheckFailed needs at least one finding of severity error")
        super().__init__("\n".join(describe(finding) for finding in self.findings))


def describe(finding: Finding) -> str:
    """One finding as a person reads it in a terminal."""
    place = f"{finding.place}: " if finding.place else ""
    remedy = f"\n    remedy: {finding.remedy}" if finding.remedy else ""
    return f"{place}{finding.message} [{finding.rule}]{remedy}"


def require(findings: Iterable[Finding]) -> None:
    """Fail the running check when any finding is an error.

    Raises CheckFailed with all of them, so that warnings are shown beside the errors.
    """
    __tracebackhide__ = True
    found = tuple(findings)
    if any(finding.severity is Severity.ERROR for finding in found):
        raise CheckFailed(found)


class GateRecord:
    """What a passing or failing check leaves behind besides its outcome (fixture `gate_record`)."""

    def __init__(self, run_folder: Path) -> None:
        self.run_folder = run_folder
        self.metrics: list[Metric] = []
        self.artifacts: list[str] = []
        self.findings: list[Finding] = []

    def metric(self, name: str, value: float, unit: str) -> None:
        """Record a number; `unit` such as `s`, `queries`, `bytes`. Raises ValueError on NaN or infinity."""
        self.metrics.append(Metric(name, value, unit))

    def artifact(self, path: Path) -> None:
        """Name a file inside the run folder as part of the evidence."""
        self.artifacts.append(str(path.relative_to(self.run_folder)))

    def picture(self, name: str, picture: Picture) -> None:
        """Leave the numbers of a chart for the report, as `<name>.picture.json` in the run folder."""
        path = self.run_folder / f"{name}{SUFFIX}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(picture.to_json(), encoding="utf-8")
        self.artifact(path)

    def judge(self, findings: Iterable[Finding]) -> None:
        """Fail the running check when any finding is an error, else record them all. Raises CheckFailed."""
        __tracebackhide__ = True
        found = tuple(findings)
        require(found)
        self.findings.extend(found)

    def finding(self, finding: Finding) -> None:
        """Record a warning or a note; an error is raised with `require` instead."""
        if finding.severity is Severity.ERROR:
            raise ValueError("an error finding fails the check: raise it with require()")
        self.findings.append(finding)
