"""Arranges check results as families, checks and lines, those with trouble first."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from odoo_gate.catalogue import entry
from odoo_gate.model import CheckResult, Finding, Outcome
from odoo_gate.picture import SUFFIX, Picture
from odoo_gate.report.changes import anchor_of
from odoo_gate.report.charts import CannotDraw, draw
from odoo_gate.report.families import FAMILIES, question
from odoo_gate.report.history import fingerprint, seen_before
from odoo_gate.report.ledger import LedgerLine, ledger
from odoo_gate.report.model import Report, Unreadable
from odoo_gate.report.numbers import Table, table_of
from odoo_gate.report.reproduce import command_for
from odoo_gate.report.tally import WORST_FIRST, Counts, badness, count
from odoo_gate.report.wording import Text, measured, seconds, text_of


@dataclass(frozen=True, slots=True)
class Line:
    """One check result as it stands in a list or a table; `again` is the command that asks it again."""

    id: str
    target: str
    outcome: str
    duration: str
    text: Text
    findings: tuple[Finding, ...]
    metrics: tuple[str, ...]
    artifacts: tuple[tuple[str, str], ...]
    because: str
    again: str
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture, drawn or not: `svg` is None where nothing can draw it, `why` says why."""

    title: str
    text: str
    check: str
    anchor: str
    link: str
    svg: Markup | None
    why: str
    table: Table | None


@dataclass(frozen=True, slots=True)
class CheckView:
    id: str
    question: str
    anchor: str
    counts: Counts
    duration: str
    troubled: tuple[Line, ...]
    passed: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A fact of the database that was measured before and after: how much was looked at, how much differs."""

    check: str
    anchor: str
    outcome: str
    examined: str
    differences: str


@dataclass(frozen=True, slots=True)
class FamilyView:
    name: str
    anchor: str
    question: str
    counts: Counts
    duration: str
    pictures: tuple[PictureView, ...]
    compared: tuple[Compared, ...]
    ledger: tuple[LedgerLine, ...]
    checks: tuple[CheckView, ...]


def families(report: Report) -> list[FamilyView]:
    """Families with trouble first, else in the order of the catalogue, unknown ones after them."""
    groups: dict[str, list[CheckResult]] = defaultdict(list)
    for result in report.results:
        groups[result.family].append(result)
    order = sorted([*FAMILIES, *sorted(groups.keys() - FAMILIES.keys())], key=lambda n: badness(groups[n]))
    because = {excused.result: excused.because for excused in report.excused}
    return [
        FamilyView(
            name=name,
            anchor=f"family-{name}" if name in FAMILIES else f"family-{number}",
            question=question(name),
            counts=count(group),
            duration=_work(name, group),
            pictures=tuple(_pictures(group, report)),
            compared=tuple(_compared(group)),
            ledger=tuple(ledger(group)),
            checks=_checks(group, because, report),
        )
        for number, name in enumerate(order)
        if (group := groups[name])
    ]


def link_to(artifact: str) -> str:
    """A link to a file of the run folder, in which the page lies."""
    return "./" + quote(artifact)


def _work(family: str, results: Sequence[CheckResult]) -> str:
    """The time a family's checks took; none for those that watched the run from its start to its end."""
    return "" if family == "run" else _total_time(results)


def _total_time(results: Sequence[CheckResult]) -> str:
    return seconds(sum(result.duration for result in results))


def _pictures(results: Sequence[CheckResult], report: Report) -> list[PictureView]:
    return [
        _picture(result, name, report.pictures[name])
        for result in results
        for name in result.artifacts
        if name.endswith(SUFFIX) and name in report.pictures
    ]


def _picture(result: CheckResult, name: str, picture: Picture | Unreadable) -> PictureView:
    place = (result.check, anchor_of(result.check), link_to(name))
    if isinstance(picture, Unreadable):
        return PictureView(name, "", *place, None, picture.why, None)
    try:
        svg, why = draw(picture), ""
    except CannotDraw as error:
        svg, why = None, str(error)
    return PictureView(picture.title, picture.text, *place, svg, why, table_of(picture))


def _compared(results: Sequence[CheckResult]) -> list[Compared]:
    found = []
    for result in results:
        figures = {metric.name: metric.value for metric in result.metrics}
        if "examined" in figures and "differences" in figures:
            numbers = (f"{figures['examined']:,.0f}", f"{figures['differences']:,.0f}")
            found.append(Compared(result.check, anchor_of(result.check), str(result.outcome), *numbers))
    return found


def _checks(
    results: Sequence[CheckResult], because: Mapping[CheckResult, str], report: Report
) -> tuple[CheckView, ...]:
    groups: dict[str, list[CheckResult]] = defaultdict(list)
    for result in results:
        groups[result.check].append(result)
    ordered = sorted(groups.items(), key=lambda item: (badness(item[1]), item[0]))
    return tuple(_check(name, group, because, report) for name, group in ordered)


def _check(name: str, results: Sequence[CheckResult], because: Mapping[CheckResult, str], report: Report) -> CheckView:
    ordered = sorted(results, key=lambda r: (WORST_FIRST.index(r.outcome), r.target))
    rows = zip(_row_ids(ordered), ordered, strict=True)
    lines = [_line(row, result, because.get(result, ""), report) for row, result in rows]
    known = entry(name)
    return CheckView(
        id=name,
        question=known.question.replace("`", "") if known else "",
        anchor=anchor_of(name),
        counts=count(results),
        duration=_total_time(results),
        troubled=tuple(line for line in lines if line.outcome != Outcome.PASSED or line.findings),
        passed=tuple(line for line in lines if line.outcome == Outcome.PASSED and not line.findings),
    )


def _line(row: str, result: CheckResult, because: str, report: Report) -> Line:
    is_bad = result.outcome in (Outcome.FAILED, Outcome.ERRORED)
    return Line(
        id=row,
        target=result.target or "the release",
        outcome=str(result.outcome),
        duration=seconds(result.duration),
        text=text_of(result.reason),
        findings=result.findings,
        metrics=tuple(measured(metric) for metric in result.metrics),
        artifacts=tuple((path, link_to(path)) for path in result.artifacts),
        because=because,
        again=command_for(result) if result.outcome is not Outcome.PASSED else "",
        before=seen_before((result.check, result.target), fingerprint(result), report.earlier) if is_bad else (),
    )


def _row_ids(results: Sequence[CheckResult]) -> Iterator[str]:
    """The same in every report on the same check and target, so that a deep link outlives the run; repeats numbered."""
    seen: Counter[str] = Counter()
    for result in results:
        row = "r" + hashlib.sha256(f"{result.check}\0{result.target}".encode("utf-8", "replace")).hexdigest()[:9]
        seen[row] += 1
        yield row if seen[row] == 1 else f"{row}-{seen[row]}"
