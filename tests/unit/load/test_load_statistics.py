"""The statistics against scipy, and against what can be counted by hand."""

from __future__ import annotations

import math
import random

import pytest
from scipy import stats

from odoo_gate.load.statistics import (
    critical_rank,
    hodges_lehmann,
    holm,
    p_greater,
    p_of_more,
    pseudo_median,
    walsh_averages,
)

LOT = random.Random(4)
SAMPLES = [[LOT.gauss(0.05, 0.1) for _ in range(number)] for number in (5, 8, 12, 20)]


@pytest.mark.parametrize("values", SAMPLES, ids=len)
def test_the_p_value_is_the_exact_one_of_the_signed_rank_test(values):
    expected = stats.wilcoxon(values, alternative="greater", method="exact").pvalue
    assert p_greater(values, 0.0) == pytest.approx(expected)


def test_ties_are_judged_over_all_their_signs():
    assert p_greater([1.0, 1.0, 1.0, -1.0], 0.0) == pytest.approx(5 / 16)


def test_no_difference_at_all_is_no_evidence():
    assert p_greater([0.1, 0.1], 0.1) == 1.0


@pytest.mark.parametrize("values", SAMPLES, ids=len)
@pytest.mark.parametrize("alpha", [0.05, 0.1])
def test_the_bound_is_where_the_test_turns(values, alpha):
    lower = hodges_lehmann(values, alpha).lower
    assert p_greater(values, lower - 1e-9) <= alpha
    assert p_greater(values, lower + 1e-9) > alpha


def test_the_bounds_mirror_each_other():
    there, back = (hodges_lehmann([sign * value for value in SAMPLES[2]], 0.05) for sign in (1, -1))
    assert (there.estimate, there.lower) == pytest.approx((-back.estimate, -back.upper))


def test_too_few_differences_bound_nothing():
    assert critical_rank(4, 0.05) == 0
    assert hodges_lehmann([1.0, 2.0, 3.0, 4.0], 0.05).lower == -math.inf


def test_known_critical_values():
    """Table A.4 of Hollander, Wolfe, Chicken: P(T+ >= 60) = 0.0549 and P(T+ >= 61) = 0.0461 for n = 12."""
    assert critical_rank(12, 0.05) == 18
    assert critical_rank(5, 0.05) == 1


def test_walsh_averages_are_all_pairs():
    assert walsh_averages([1.0, 3.0]) == [1.0, 2.0, 3.0]
    assert pseudo_median([1.0, 2.0, 100.0]) == pytest.approx(26.25)


def test_holm_adjusts_in_steps_and_never_downwards():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}


@pytest.mark.parametrize(
    ("ours", "theirs", "p"), [(0, 0, 1.0), (1, 0, 0.5), (4, 0, 1 / 16), (5, 0, 1 / 32), (2, 1, 0.5)]
)
def test_more_events_than_a_coin_would_give(ours, theirs, p):
    assert p_of_more(ours, theirs) == pytest.approx(p)
