"""Arranges a report for the page: groups and sentences. The template only lays out what is here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from odoo_gate.catalogue import entries
from odoo_gate.model import Outcome, Status
from odoo_gate.report.business import Proof, proofs
from odoo_gate.report.changes import Changes, changes
from odoo_gate.report.comparison import Comparison, comparison_of
from odoo_gate.report.embedded import packed
from odoo_gate.report.families import FAMILIES, question, who_acts
from odoo_gate.report.model import Report, Unreadable
from odoo_gate.report.reasons import next_actors, reasons
from odoo_gate.report.results import CheckView, Line, families
from odoo_gate.report.rights import RightsView, rights_view
from odoo_gate.report.tally import count
from odoo_gate.report.timeline import Timeline, timeline_of
from odoo_gate.report.wording import amount, moment, several

_VOLUMES = {"rows", "files", "records", "documents", "attachments", "models", "samples", "rounds", "tables", "writes"}
"""What says how much data a check looked at, beside everything in bytes."""


@dataclass(frozen=True, slots=True)
class DemandView:
    pattern: str
    needed: int
    passed: int

    @property
    def met(self) -> bool:
        return self.passed >= self.needed


@dataclass(frozen=True, slots=True)
class Untested:
    """A family no check of which ran, or a check that the policy demands and that did not."""

    name: str
    question: str
    demanded: bool


class ReportView:
    """Everything the template asks for."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.subject = report.subject
        self.status = report.verdict.status
        self.style = {Status.GO: "go", Status.NO_GO: "no-go", Status.INCONCLUSIVE: "inconclusive"}[self.status]
        self.counts = count(report.results)
        self.families = families(report)
        self.reasons = reasons(report)
        self.actors = next_actors(report, self.reasons)
        self.demands = [_demand(d.pattern, d.needed, report) for d in report.demands]
        self.allowed_skips = [each for each in report.excused if each.result.outcome is Outcome.SKIPPED]
        self.untested = list(_untested(report))
        self.proofs = self._proofs()
        self.payload = packed(report.payload) if report.payload else ""
        self.payload_digest = hashlib.sha256(report.payload).hexdigest()
        self.payload_size = amount(len(report.payload), "bytes")

    @cached_property
    def skips(self) -> list[tuple[Line, CheckView]]:
        return [
            (line, check)
            for family in self.families
            for check in family.checks
            for line in check.troubled
            if line.outcome == Outcome.SKIPPED
        ]

    @cached_property
    def changes(self) -> list[Changes]:
        return changes(self.report.results)

    @cached_property
    def timeline(self) -> Timeline:
        return timeline_of(self.report.results, self.report.started, self.report.judged)

    @cached_property
    def comparison(self) -> Comparison:
        return comparison_of(self.report)

    @cached_property
    def volumes(self) -> list[tuple[str, str, str]]:
        """Check, metric, amount: how much data stands behind the answer."""
        return [
            (result.check, metric.name, amount(metric.value, metric.unit))
            for result in self.report.results
            if result.family not in ("tests", "run")
            for metric in result.metrics
            if metric.unit == "bytes" or metric.name in _VOLUMES
        ]

    @cached_property
    def rights(self) -> RightsView | Unreadable | None:
        matrix = self.report.rights
        return matrix if matrix is None or isinstance(matrix, Unreadable) else rights_view(matrix)

    def who_acts(self, check: str) -> str:
        return who_acts(check, self.report.conditions.asked)

    def grade_style(self, grade: str) -> str:
        return {"pass": "passed", "warn": "skipped", "fail": "failed"}.get(grade, "errored")

    @property
    def sentence(self) -> str:
        """The answer in one sentence a release manager can act on."""
        environment = self.subject.environment
        if self.status is Status.GO:
            return f"This release may be deployed to {environment} until {moment(self.report.valid_until)}."
        if self.status is Status.NO_GO:
            return f"This release must not be deployed to {environment}."
        return f"There is no answer. Do not deploy to {environment} on this run."

    @property
    def next_step(self) -> str:
        if self.status is Status.GO:
            return "Start before then, and let the deploy job verify this report against what it deploys:"
        if self.status is Status.NO_GO:
            return "Mend what is listed here, then run the gate again on the new candidate."
        return "Remove what kept these checks from an answer, then run the gate again."

    @property
    def commit(self) -> str:
        if not self.subject.commit:
            return "not under version control"
        return self.subject.commit[:12] + (" with uncommitted changes" if self.subject.dirty else "")

    def _proofs(self) -> list[Proof]:
        waived = [each.result for each in self.report.excused if each.result.outcome is Outcome.FAILED]
        return proofs(self.report.results, waived, [demand.pattern for demand in self.report.demands])


def _demand(pattern: str, needed: int, report: Report) -> DemandView:
    """A waived failure counts as passed, as it does for the verdict: unless anything else was reported of it."""
    waived = {id(each.result) for each in report.excused if each.result.outcome is Outcome.FAILED}
    held = {(r.check, r.target) for r in report.results if r.outcome is not Outcome.PASSED and id(r) not in waived}
    passed = {(r.check, r.target) for r in report.results} - held
    return DemandView(pattern, needed, sum(fnmatchcase(check, pattern) for check, _ in passed))


def _untested(report: Report) -> Iterator[Untested]:
    """Families nobody asked; of the others the demanded checks that left no result, then what else there is to ask."""
    ran = {result.check for result in report.results}
    asked = {check.partition(".")[0] for check in ran}
    demanded = {demand.pattern.partition(".")[0] for demand in report.demands}
    for name in [*FAMILIES, *sorted(demanded - FAMILIES.keys())]:
        if name not in asked:
            yield Untested(name, question(name), name in demanded)
    missing = [each.pattern for each in report.demands if not any(fnmatchcase(check, each.pattern) for check in ran)]
    for pattern in missing:
        if pattern.partition(".")[0] in asked:
            yield Untested(pattern, "", True)
    for family in FAMILIES:
        others = [each.check for each in entries() if each.family == family and each.check not in {*ran, *missing}]
        if family in asked and family != "run" and others:
            yield Untested(
                family,
                f"{several(len(others), 'other check')}: {', '.join(check.partition('.')[2] for check in others)}",
                False,
            )
