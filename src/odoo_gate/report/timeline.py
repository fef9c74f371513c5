"""When each family of checks was at work: a bar of its own on the run's time axis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from odoo_gate.model import CheckResult
from odoo_gate.report.tally import WORST_FIRST, Segment
from odoo_gate.report.wording import seconds

_GAP = 0.2
"""Percent of the run's time; work that is less apart is drawn as one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One family: when its first check began, when its last one ended (from the start of the run), its work in all."""

    family: str
    began: str
    ended: str
    work: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The families in the order in which they began; `total` is the length of the axis."""

    rows: tuple[Row, ...]
    total: str
    quarters: tuple[str, ...]


def timeline_of(results: Iterable[CheckResult], started: datetime, ended: datetime) -> Timeline:
    """Bars from `started` and `duration`; checks of the run itself watch all of it and are left out."""
    groups: dict[str, list[CheckResult]] = defaultdict(list)
    for result in results:
        if result.family != "run":
            groups[result.family].append(result)
    last = max((_end(result, started) for group in groups.values() for result in group), default=0.0)
    total = max((ended - started).total_seconds(), last, 0.001)
    ordered = sorted(groups.items(), key=lambda item: min(result.started for result in item[1]))
    rows = tuple(_row(name, group, started, total) for name, group in ordered)
    return Timeline(rows, seconds(total), tuple(seconds(total * part / 4) for part in range(1, 4)))


def _row(family: str, results: Sequence[CheckResult], started: datetime, total: float) -> Row:
    return Row(
        family,
        seconds(min(_start(result, started) for result in results)),
        seconds(max(_end(result, started) for result in results)),
        seconds(sum(result.duration for result in results)),
        tuple(_segments(results, started, total)),
    )


def _segments(results: Sequence[CheckResult], started: datetime, total: float) -> Iterable[Segment]:
    """What touches is one bar with the worst outcome in it; each is wide enough to see."""
    at, until, rank = -1.0, -1.0, 0
    for result in sorted(results, key=lambda each: each.started):
        start, end = 100 * _start(result, started) / total, 100 * _end(result, started) / total
        if until >= 0 and start - until > _GAP:
            yield _segment(at, until, rank)
            until = -1.0
        if until < 0:
            at, until, rank = start, end, WORST_FIRST.index(result.outcome)
        else:
            until, rank = max(until, end), min(rank, WORST_FIRST.index(result.outcome))
    yield _segment(at, until, rank)


def _segment(start: float, end: float, rank: int) -> Segment:
    width = max(end - start, 0.4)
    return Segment(str(WORST_FIRST[rank]), round(min(start, 100 - width), 2), round(width, 2))


def _start(result: CheckResult, started: datetime) -> float:
    return max(0.0, (result.started - started).total_seconds())


def _end(result: CheckResult, started: datetime) -> float:
    return _start(result, started) + result.duration
