"""Arranges a report for the page: counts, groups, sentences. The template only lays out what is here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from urllib.parse import quote

from odoo_gate.model import CheckResult, Finding, Outcome, Reason, Severity, Status
from odoo_gate.report.families import FAMILIES, question
from odoo_gate.report.model import Report

_WORST_FIRST = (Outcome.FAILED, Outcome.ERRORED, Outcome.SKIPPED, Outcome.PASSED)
_SHOWN_TARGETS = 4
_HEADLINE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar, in percent of its length."""

    outcome: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Counts:
    """How many results of each outcome."""

    by_outcome: Mapping[Outcome, int]

    @property
    def total(self) -> int:
        return sum(self.by_outcome.values())

    @property
    def words(self) -> str:
        """`3 failed, 120 passed`, worst first."""
        return ", ".join(f"{self.by_outcome[o]} {o}" for o in _WORST_FIRST if self.by_outcome.get(o))

    @property
    def segments(self) -> list[Segment]:
        """The bar; a single failure among thousands is still wide enough to see."""
        shares = {o: max(100 * n / self.total, 1.5) for o, n in self.by_outcome.items() if n}
        whole, at, found = sum(shares.values()), 0.0, []
        for outcome in (o for o in _WORST_FIRST if o in shares):
            width = 100 * shares[outcome] / whole
            found.append(Segment(str(outcome), round(at, 2), round(width, 2)))
            at += width
        return found

    def of(self, outcome: str) -> int:
        return self.by_outcome.get(Outcome(outcome), 0)


@dataclass(frozen=True, slots=True)
class Text:
    """A text of any length: its first line, and the rest when there is more to it."""

    headline: str
    rest: str


@dataclass(frozen=True, slots=True)
class ReasonView:
    """Why the verdict is not GO, and where on the page there is more."""

    check: str
    kind: str
    label: str
    text: Text
    targets: tuple[str, ...]
    more_targets: int
    remedy: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Line:
    """One check result as it stands in a table."""

    target: str
    outcome: str
    duration: str
    text: Text
    findings: tuple[Finding, ...]
    metrics: tuple[str, ...]
    artifacts: tuple[tuple[str, str], ...]
    because: str


@dataclass(frozen=True, slots=True)
class CheckView:
    id: str
    anchor: str
    counts: Counts
    duration: str
    troubled: tuple[Line, ...]
    passed: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class FamilyView:
    name: str
    question: str
    counts: Counts
    duration: str
    checks: tuple[CheckView, ...]


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
    """A family no check of which ran, and whether the policy wanted any."""

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
        self.counts = _count(report.results)
        self.families = _families(report)
        self.reasons = _reasons(report)
        self.demands = [_demand(d.pattern, d.needed, report) for d in report.demands]
        self.allowed_skips = [each for each in report.excused if each.result.outcome is Outcome.SKIPPED]
        self.untested = _untested(report)
        self.skips = [
            (line, check)
            for family in self.families
            for check in family.checks
            for line in check.troubled
            if line.outcome == Outcome.SKIPPED
        ]
        self.warnings = [
            (result, finding)
            for result in report.results
            for finding in result.findings
            if finding.severity is not Severity.ERROR
        ]

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
            return "Have the deploy job verify this report against what it deploys (see below)."
        if self.status is Status.NO_GO:
            return "Mend what is listed here, then run the gate again on the new candidate."
        return "Make the checks listed here run to their end, then run the gate again."

    @property
    def commit(self) -> str:
        if not self.subject.commit:
            return "not under version control"
        return self.subject.commit[:12] + (" with uncommitted changes" if self.subject.dirty else "")

    @property
    def took(self) -> str:
        return seconds((self.report.judged - self.report.started).total_seconds())


def moment(time: datetime) -> str:
    return f"{time:%d %b %Y, %H:%M} UTC"


def seconds(duration: float) -> str:
    """A duration as people say it: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if duration < 10:
        return f"{duration:.1f} s"
    whole = round(duration)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def text_of(reason: str) -> Text:
    """The first line of a reason as its headline; what does not fit is the rest."""
    stripped = reason.strip()
    first = stripped.partition("\n")[0]
    if first == stripped and len(first) <= _HEADLINE_LENGTH:
        return Text(first, "")
    cut = first if len(first) <= _HEADLINE_LENGTH else first[:_HEADLINE_LENGTH] + "…"
    return Text(cut, stripped)


def _count(results: Sequence[CheckResult]) -> Counts:
    return Counts(Counter(result.outcome for result in results))


def _badness(results: Sequence[CheckResult]) -> int:
    """0 for a group with a failure, then errors, skips, findings; the highest for one without a blemish."""
    worst = min((_WORST_FIRST.index(r.outcome) for r in results), default=len(_WORST_FIRST))
    blemished = any(r.findings for r in results)
    return worst if worst < _WORST_FIRST.index(Outcome.PASSED) else worst + (not blemished)


def _work(family: str, results: Sequence[CheckResult]) -> str:
    """The time a family's checks took; none for those that watched the run from its start to its end."""
    return "" if family == "run" else _total_time(results)


def _total_time(results: Sequence[CheckResult]) -> str:
    return seconds(sum(result.duration for result in results))


def _families(report: Report) -> list[FamilyView]:
    """Families with trouble first, else in the order of the catalogue, unknown ones after them."""
    groups: dict[str, list[CheckResult]] = defaultdict(list)
    for result in report.results:
        groups[result.family].append(result)
    order = sorted([*FAMILIES, *sorted(groups.keys() - FAMILIES.keys())], key=lambda n: _badness(groups[n]))
    because = {(e.result.check, e.result.target): e.because for e in report.excused}
    return [
        FamilyView(name, question(name), _count(group), _work(name, group), _checks(group, because))
        for name in order
        if (group := groups[name])
    ]


def _checks(results: Sequence[CheckResult], because: Mapping[tuple[str, str], str]) -> tuple[CheckView, ...]:
    groups: dict[str, list[CheckResult]] = defaultdict(list)
    for result in results:
        groups[result.check].append(result)
    ordered = sorted(groups.items(), key=lambda item: (_badness(item[1]), item[0]))
    return tuple(_check(name, group, because) for name, group in ordered)


def _check(name: str, results: Sequence[CheckResult], because: Mapping[tuple[str, str], str]) -> CheckView:
    ordered = sorted(results, key=lambda r: (_WORST_FIRST.index(r.outcome), r.target))
    lines = [_line(result, because.get((result.check, result.target), "")) for result in ordered]
    return CheckView(
        id=name,
        anchor=_anchor(name),
        counts=_count(results),
        duration=_total_time(results),
        troubled=tuple(line for line in lines if line.outcome != Outcome.PASSED or line.findings),
        passed=tuple(line for line in lines if line.outcome == Outcome.PASSED and not line.findings),
    )


def _line(result: CheckResult, because: str) -> Line:
    return Line(
        target=result.target or "the release",
        outcome=str(result.outcome),
        duration=seconds(result.duration),
        text=text_of(result.reason),
        findings=result.findings,
        metrics=tuple(f"{m.name} {m.value:g}{'' if m.unit == '1' else ' ' + m.unit}" for m in result.metrics),
        artifacts=tuple((path, "./" + quote(path)) for path in result.artifacts),
        because=because,
    )


def _reasons(report: Report) -> list[ReasonView]:
    """Each reason on its own, but one line for all the demanded checks that never ran."""
    never = [
        reason.check
        for reason in report.verdict.reasons
        if reason.outcome is None and not any(fnmatchcase(r.check, reason.check) for r in report.results)
    ]
    if len(never) < 2:
        return [_reason(reason, report.results) for reason in report.verdict.reasons]
    apart = [_reason(r, report.results) for r in report.verdict.reasons if r.outcome or r.check not in never]
    headline = Text(f"{len(never)} checks that the policy demands did not run", "")
    return [*apart, ReasonView("", "missing", "Not run", headline, tuple(never), 0, "", "")]


def _reason(reason: Reason, results: Sequence[CheckResult]) -> ReasonView:
    kind = "missing" if reason.outcome is None else str(reason.outcome)
    labels = {"missing": "Not run", "failed": "Failed", "errored": "Errored", "skipped": "Skipped"}
    return ReasonView(
        check=reason.check,
        kind=kind,
        label=labels[kind],
        text=text_of(reason.message),
        targets=reason.targets[:_SHOWN_TARGETS],
        more_targets=max(0, len(reason.targets) - _SHOWN_TARGETS),
        remedy=_remedy(reason, results),
        anchor="" if reason.outcome is None else _anchor(reason.check),
    )


def _remedy(reason: Reason, results: Sequence[CheckResult]) -> str:
    """The first remedy among the findings behind a reason."""
    behind = (r for r in results if r.check == reason.check and r.outcome is reason.outcome)
    return next((finding.remedy for result in behind for finding in result.findings if finding.remedy), "")


def _demand(pattern: str, needed: int, report: Report) -> DemandView:
    """A waived failure counts as passed, as it does for the verdict."""
    waived = [each.result for each in report.excused if each.result.outcome is Outcome.FAILED]
    counted = [r for r in report.results if r.outcome is Outcome.PASSED or r in waived]
    return DemandView(pattern, needed, sum(fnmatchcase(r.check, pattern) for r in counted))


def _untested(report: Report) -> list[Untested]:
    ran = {result.family for result in report.results}
    demanded = {demand.pattern.partition(".")[0] for demand in report.demands}
    names = [*FAMILIES, *sorted(demanded - FAMILIES.keys())]
    return [Untested(name, question(name), name in demanded) for name in names if name not in ran]


def _anchor(check: str) -> str:
    return "check-" + "".join(c if c.isascii() and c.isalnum() else "-" for c in check)
