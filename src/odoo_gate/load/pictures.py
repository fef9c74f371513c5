"""Charts of load in numbers: distributions of latency, intervals of ratios, what was posted, how queries grow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from odoo_gate.load.blocks import BASELINE, CANDIDATE, Block
from odoo_gate.load.comparison import Comparison
from odoo_gate.load.growth import Growth
from odoo_gate.load.objectives import latencies, objective_of
from odoo_gate.load.peaks import Peak
from odoo_gate.load.query_costs import QueryCosts
from odoo_gate.picture import MAX_LINES, Line, Mark, Picture, Shape
from odoo_gate.settings.performance import LoadObjective

_STEPS = 100


def ratios(compared: Comparison, profile: str, margin: float) -> Picture | None:
    """Candidate over baseline with its bounds, then equal runs over each other; None when nothing was compared."""
    drawn = {each.name: each.ratio for each in compared.endpoints}
    drawn |= {f"equal runs: {name}": ratio for name, ratio in compared.control.items()}
    lines = [
        Line(name, ((ratio.estimate, ratio.lower, ratio.upper),))
        for name, ratio in drawn.items()
        if math.isfinite(ratio.upper) and ratio.lower > 0
    ]
    if not lines:
        return None
    return Picture(
        Shape.INTERVALS,
        f"{profile}: candidate against baseline",
        f"For each transaction how much longer the candidate takes than the baseline; the answer is {compared.answer}.",
        "time of the candidate over time of the baseline",
        "",
        tuple(lines[:MAX_LINES]),
        (Mark(1.0, "equal"), Mark(1 + margin, "allowed")),
    )


def both_distributions(blocks: Sequence[Block], profile: str) -> Picture | None:
    """How long all transactions took on each release; for looking at, requests of a block depend on each other."""
    lines = []
    for side in (BASELINE, CANDIDATE):
        values = [
            value
            for block in blocks
            if block.side == side and not block.warm_up
            for those in block.seconds.values()
            for value in those
        ]
        if values:
            lines.append(Line(side, _distribution(values)))
    if not lines:
        return None
    return Picture(
        Shape.DISTRIBUTION,
        f"{profile}: time of a transaction",
        "The share of transactions that took no longer than so many seconds, on each release, for the same work.",
        "seconds",
        "share of transactions",
        tuple(lines),
    )


def peak_distributions(peak: Peak, own: Mapping[str, LoadObjective]) -> Picture | None:
    """How long each kind of transaction of a peak took, and what is allowed; None when nothing was acknowledged."""
    lines = [Line(name, _distribution(seconds)) for name, seconds in sorted(latencies(peak).items())]
    if not lines:
        return None
    allowed = objective_of(peak.profile.name, own).p95_seconds
    return Picture(
        Shape.DISTRIBUTION,
        f"{peak.profile.title}: time of a transaction",
        f"The share of transactions that took no longer than so many seconds; 95 % must stay below {allowed:g} s.",
        "seconds from the moment it was due",
        "share of transactions",
        tuple(lines[:MAX_LINES]),
        (Mark(allowed, "allowed (p95)"),),
    )


def business_results(peaks: Sequence[Peak], name: str = "posted per minute") -> Picture | None:
    """One number read back from the database for each peak that has it."""
    lines = [
        Line(peak.profile.title, ((metric.value,),))
        for peak in peaks
        for metric, _ in peak.metrics
        if metric.name == name
    ]
    if not lines:
        return None
    text = f"{name.capitalize()}, counted in the database, at the declared rate of each peak."
    return Picture(Shape.BARS, name.capitalize(), text, name, "", tuple(lines[:MAX_LINES]))


def query_growth(costs: QueryCosts) -> Picture | None:
    """How the queries of the calls that grow most depend on the lines, on each release."""
    steepest = sorted(costs.candidate.growths, key=lambda growth: -growth.per_line)[: MAX_LINES // 2]
    before = {growth.what: growth for growth in costs.baseline.growths} if costs.baseline is not None else {}
    lines = []
    for growth in steepest:
        lines.append(Line(f"{growth.what}", _points(growth)))
        if growth.what in before:
            lines.append(Line(f"{growth.what}, baseline", _points(before[growth.what])))
    if not lines:
        return None
    text = "The number of queries of one call by the lines it works on: a rising line asks again for each."
    return Picture(Shape.LINES, "Queries by lines", text, "lines", "queries", tuple(lines[:MAX_LINES]))


def _points(growth: Growth) -> tuple[tuple[float, float], ...]:
    return tuple((float(size), float(growth.queries[size])) for size in sorted(growth.queries))


def _distribution(values: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """At most a hundred steps of the empirical distribution."""
    ascending = sorted(values)
    number = len(ascending)
    places = sorted({max(1, math.ceil(number * step / _STEPS)) for step in range(1, _STEPS + 1)})
    return tuple((ascending[place - 1], place / number) for place in places)
