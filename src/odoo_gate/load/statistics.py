"""Paired differences judged without assuming a distribution: signed ranks, exact, in pure functions.

Hollander, Wolfe, Chicken: Nonparametric Statistical Methods, 3rd ed., ch. 3 (signed ranks, Hodges-Lehmann).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its two one-sided bounds, each of which holds with the confidence asked for."""

    estimate: float
    lower: float
    upper: float


def hodges_lehmann(differences: Sequence[float], alpha: float) -> Interval:
    """The pseudo-median of `differences`, with one-sided bounds of confidence 1 - `alpha`.

    Bounds are infinite where there are too few differences for that confidence. Raises ValueError when there are none.
    """
    averages = walsh_averages(differences)
    rank = critical_rank(len(differences), alpha)
    if rank == 0:
        return Interval(median(averages), -math.inf, math.inf)
    return Interval(median(averages), averages[rank - 1], averages[-rank])


def walsh_averages(values: Sequence[float]) -> list[float]:
    """The means of all pairs of `values`, each with itself too, ascending."""
    return sorted((values[i] + values[j]) / 2 for i in range(len(values)) for j in range(i, len(values)))


def pseudo_median(values: Sequence[float]) -> float:
    """The typical value: robust as a median and nearly as efficient as a mean."""
    return median(walsh_averages(values))


def critical_rank(number: int, alpha: float) -> int:
    """The largest k with P(T+ <= k - 1) <= `alpha` for `number` differences around zero; 0 when there is none."""
    total = float(1 << number)
    cumulated = 0
    for k, count in enumerate(_rank_sums(tuple(range(1, number + 1)))):
        cumulated += count
        if cumulated / total > alpha:
            return k
    return 0


def p_greater(differences: Sequence[float], shift: float) -> float:
    """How likely signed ranks as large as these are when the true difference is at most `shift`: exact, ties too."""
    moved = [difference - shift for difference in differences if difference != shift]
    if not moved:
        return 1.0
    doubled = _doubled_ranks([abs(each) for each in moved])
    observed = sum(rank for rank, each in zip(doubled, moved, strict=True) if each > 0)
    counts = _rank_sums(tuple(sorted(doubled)))
    return sum(counts[observed:]) / float(1 << len(moved))


def p_of_more(ours: int, theirs: int) -> float:
    """How likely so many of all these events, or more, are ours when each is as likely to be theirs: sign test."""
    events = ours + theirs
    return sum(math.comb(events, count) for count in range(ours, events + 1)) / float(1 << events)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """The p-values adjusted for being many: compare each with the level that all together shall keep."""
    adjusted: dict[str, float] = {}
    highest = 0.0
    ascending = sorted(p_values, key=lambda name: (p_values[name], name))
    for position, name in enumerate(ascending):
        highest = max(highest, min(1.0, (len(ascending) - position) * p_values[name]))
        adjusted[name] = highest
    return adjusted


def _doubled_ranks(values: Sequence[float]) -> list[int]:
    """Twice the rank of each value, ties sharing theirs: whole numbers."""
    ascending = sorted(values)
    first = {value: position for position, value in reversed(list(enumerate(ascending)))}
    last = {value: position for position, value in enumerate(ascending)}
    return [first[value] + last[value] + 2 for value in values]


@cache
def _rank_sums(ranks: tuple[int, ...]) -> tuple[int, ...]:
    """How many of all choices of `ranks` have each sum, by sum."""
    counts = [1] + [0] * sum(ranks)
    for rank in ranks:
        for total in range(len(counts) - 1, rank - 1, -1):
            counts[total] += counts[total - rank]
    return tuple(counts)
