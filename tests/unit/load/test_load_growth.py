"""Counts and their growth, judged."""

from __future__ import annotations

import pytest

from odoo_gate.load.growth import (
    Growth,
    Pages,
    Statement,
    count_findings,
    known_per_line_findings,
    new_growths,
    nothing_measured,
    page_findings,
    per_line_findings,
)
from odoo_gate.model import IN_BASELINE, Severity

FLAT = Growth("account.move.action_post (invoice)", {5: 75, 50: 75, 200: 78})
STEEP = Growth("account.move.create (invoice)", {5: 60, 50: 105, 200: 261})
READ = Growth("x.read of costs", {5: 9, 50: 54}, "costs", "_compute_costs", Statement("SELECT 1 FROM x", 1.0))


@pytest.mark.parametrize(("growth", "slope"), [(FLAT, 0.017), (STEEP, 1.033), (READ, 1.0)])
def test_the_slope_is_queries_a_line(growth, slope):
    assert growth.per_line == pytest.approx(slope, abs=0.001)


def test_one_size_has_no_slope():
    assert Growth("x.read", {5: 9}).per_line == 0.0


def test_what_is_steep_on_both_is_a_warning():
    assert new_growths([FLAT, STEEP], [FLAT, STEEP], 0.5) == []
    (finding,) = known_per_line_findings([FLAT, STEEP], [FLAT, STEEP], 0.5)
    assert finding.severity is Severity.WARNING
    assert finding.message.endswith(IN_BASELINE)


def test_what_is_steep_on_the_candidate_alone_names_method_and_statement():
    assert new_growths([FLAT, READ], [FLAT], 0.5) == [READ]
    (finding,) = per_line_findings([READ], [FLAT])
    assert finding.severity is Severity.ERROR
    assert "x.read of costs, computed by _compute_costs, asks" in finding.message
    assert "SELECT 1 FROM x" in finding.message


def test_steeper_than_the_baseline_is_new():
    steeper = Growth(STEEP.what, {5: 65, 50: 155, 200: 461})
    assert new_growths([steeper], [STEEP], 0.5) == [steeper]


def test_nothing_measured_is_an_error():
    assert nothing_measured([])[0].rule == "nothing-measured"
    assert nothing_measured([Growth("x.read", {5: 9})])[0].rule == "nothing-measured"
    assert nothing_measured([FLAT]) == []


def rules(findings):
    return [finding.rule for finding in findings]


def test_more_queries_than_allowed_are_found():
    assert rules(count_findings({"a": 61}, {"a": 55}, 0.1, 3)) == ["more-queries"]
    assert rules(count_findings({"a": 60}, {"a": 55}, 0.1, 3)) == []
    assert rules(count_findings({"a": 9}, {"a": 6}, 0.1, 3)) == []


def test_what_the_candidate_no_longer_does_is_found():
    assert rules(count_findings({"b": 1}, {"a": 1, "b": 1}, 0.1, 3)) == ["not-measured"]


def test_nothing_compared_is_an_error():
    assert rules(count_findings({"b": 1}, {}, 0.1, 3)) == ["nothing-compared"]


def test_reading_through_far_more_data_is_found():
    few, many = Pages(100, "SELECT 1", 50), Pages(600, "SELECT rate FROM planted", 500)
    assert rules(page_findings({"a": many}, {"a": few})) == ["more-data"]
    assert rules(page_findings({"a": few}, {"a": few})) == []


def test_pages_that_were_not_counted_are_an_error():
    few, none = Pages(100, "SELECT 1", 50), Pages(0, "", 0)
    assert rules(page_findings({"b": few}, {"a": few})) == ["pages-not-counted"]
    assert rules(page_findings({}, {})) == ["pages-not-counted"]
    assert rules(page_findings({"a": none}, {"a": few})) == ["pages-not-counted"]


def test_of_two_counts_the_fewer_stands():
    growth = FLAT.fewest(Growth(FLAT.what, {5: 79, 50: 70, 200: 78}))
    assert growth == Growth(FLAT.what, {5: 75, 50: 70, 200: 78})
    assert Pages(900, "SELECT b", 90).fewest(Pages(1000, "SELECT a", 80)) == Pages(900, "SELECT a", 80)
