"""The history of a project as the page and `odoo-gate history` tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from odoo_gate.model import Outcome
from odoo_gate.report.history import Flaky, JudgedRun, Trend, duration_trends, flaky, moved_metrics
from odoo_gate.report.model import Report
from odoo_gate.report.wording import amount, moment, seconds

_MOST_METRICS = 15
_MOST_FLAKY = 20


@dataclass(frozen=True, slots=True)
class RunLine:
    run: str
    judged: str
    judged_on: datetime
    status: str
    environment: str
    commit: str
    results: int
    troubled: int
    took: str
    seconds: float


@dataclass(frozen=True, slots=True)
class TrendLine:
    """`points` draws the values (oldest first) in a box of 100 by 20; `samples` is how many runs they come from."""

    name: str
    target: str
    now: str
    usual: str
    change: str
    samples: int
    points: str
    unit: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """This run first, then those before it."""

    runs: tuple[RunLine, ...]
    durations: tuple[TrendLine, ...]
    metrics: tuple[TrendLine, ...]
    more_metrics: int
    flaky: tuple[Flaky, ...]
    more_flaky: int


def comparison_of(report: Report) -> Comparison:
    """`report`'s run beside the earlier ones; trends only with runs for the same environment."""
    now = JudgedRun.of(report.run, report.verdict.status, report.subject, report.results, report.started, report.judged)
    return compare_runs((now, *report.earlier))


def compare_runs(runs: Sequence[JudgedRun]) -> Comparison:
    """The newest run beside the others; `runs` are newest first."""
    alike = [run for run in runs if run.environment == runs[0].environment] if runs else []
    metrics, found = moved_metrics(alike), flaky(runs)
    return Comparison(
        tuple(_run(run) for run in runs),
        tuple(_trend(trend) for trend in duration_trends(alike)),
        tuple(_trend(trend) for trend in metrics[:_MOST_METRICS]),
        max(0, len(metrics) - _MOST_METRICS),
        tuple(found[:_MOST_FLAKY]),
        max(0, len(found) - _MOST_FLAKY),
    )


def _run(run: JudgedRun) -> RunLine:
    return RunLine(
        run=run.run,
        judged=moment(run.judged),
        judged_on=run.judged,
        status=str(run.status),
        environment=run.environment,
        commit=run.commit[:12] or "none",
        results=len(run.outcomes),
        troubled=sum(outcome is not Outcome.PASSED for outcome in run.outcomes.values()),
        took=seconds(run.took),
        seconds=run.took,
    )


def _trend(trend: Trend) -> TrendLine:
    compared = len(trend.values) > 1 and trend.usual
    return TrendLine(
        name=trend.name,
        target=trend.target,
        now=amount(trend.values[-1], trend.unit),
        usual=amount(trend.usual, trend.unit) if len(trend.values) > 1 else "",
        change=f"{trend.change:+.0%}" if compared else "",
        samples=len(trend.values),
        points=_points(trend.values),
        unit=trend.unit,
        values=trend.values,
    )


def _points(values: Sequence[float]) -> str:
    """Of an SVG polyline; a level line when nothing changed."""
    low, high = min(values), max(values)
    span, last = (high - low) or 1.0, max(len(values) - 1, 1)
    return " ".join(
        f"{100 * at / last:.1f},{18 - 16 * (value - low) / span if high > low else 10:.1f}"
        for at, value in enumerate(values)
    )
