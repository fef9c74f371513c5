"""How long the consumers of a contract wait, in the release of today and in the one to come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from odoo_gate.contracts.breaches import Answer
from odoo_gate.picture import MAX_LINES, Line, Picture, Shape

_MOST_CALLS = MAX_LINES // 2


def latency_picture(candidate: Sequence[Answer], baseline: Sequence[Answer] | None) -> Picture | None:
    """The slowest calls: median, fastest and slowest repetition of each; None where nothing was measured."""
    new, old = _times(candidate), _times(baseline or ())
    if not new:
        return None
    calls = sorted(new, key=lambda call: -median(new[call]))[:_MOST_CALLS]
    slowest = calls[0]
    repeated = max(len(times) for times in new.values())
    return Picture(
        Shape.INTERVALS,
        "How long other systems wait for an answer",
        f"{slowest} is the slowest of {len(new)} calls: {median(new[slowest]):.0f} ms. A point is the median of up to "
        f"{repeated} repetitions, its bar goes from the fastest to the slowest; one user, no load.",
        "milliseconds",
        "call",
        tuple(line for call in calls for line in _lines(call, new, old)),
    )


def _lines(call: str, new: Mapping[str, Sequence[float]], old: Mapping[str, Sequence[float]]) -> Iterator[Line]:
    if call in old:
        yield _line(f"{call}, baseline", old[call])
    yield _line(f"{call}, candidate", new[call])


def _line(name: str, times: Sequence[float]) -> Line:
    return Line(name, ((median(times), min(times), max(times)),))


def _times(answers: Sequence[Answer]) -> dict[str, tuple[float, ...]]:
    return {call: times for answer in answers for call, times in answer.times.items() if times}
