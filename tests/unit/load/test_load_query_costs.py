"""What is held against a candidate was seen twice: noise of one count is nobody's fault."""

from __future__ import annotations

from typing import Any

from odoo_gate.load.blocks import BASELINE, CANDIDATE
from odoo_gate.load.counting import Counted
from odoo_gate.load.growth import Growth, Pages
from odoo_gate.load.query_costs import QueryCosts, cost_findings, count_sides, slope_findings
from odoo_gate.settings.performance import LoadSettings

POST, WORK = "account.move.action_post (invoice)", "invoice"
SETTINGS = LoadSettings()


class FakeCounting:
    """Gives what it is told, one count after the other; remembers what it was asked."""

    def __init__(self, queries: list[dict[int, int]], pages: list[int]) -> None:
        self.queries, self.totals = list(queries), list(pages)
        self.asked: list[str] = []

    def count(self, *_: Any) -> Counted:
        self.asked.append("count")
        return Counted((Growth(POST, self.queries.pop(0)),), {}, {})

    def count_again(self, titles: Any) -> list[Growth]:
        self.asked += [f"again {title}" for title in titles]
        return [Growth(title, self.queries.pop(0)) for title in titles]

    def pages(self) -> dict[str, Pages]:
        return {WORK: Pages(total := self.totals.pop(0), "SELECT", total // 2)}

    def pages_again(self, names: Any) -> dict[str, Pages]:
        self.asked += [f"pages {name}" for name in names]
        return {name: self.pages()[name] for name in names}


def counted(candidate: FakeCounting, baseline: FakeCounting) -> QueryCosts:
    sides: Any = {CANDIDATE: candidate, BASELINE: baseline}
    told = count_sides(sides, SETTINGS, lambda _: None)
    return QueryCosts(told[CANDIDATE], told[BASELINE], ())


def rules(costs: QueryCosts) -> list[str]:
    return [finding.rule for finding in cost_findings(costs, SETTINGS)]


FLAT = {5: 75, 50: 75, 200: 78}


def test_what_is_equal_is_counted_once():
    candidate, baseline = FakeCounting([FLAT], [1000]), FakeCounting([FLAT], [1000])
    assert rules(counted(candidate, baseline)) == []
    assert candidate.asked == baseline.asked == ["count"]


def test_a_cold_cache_is_nobodys_fault():
    candidate = FakeCounting([{5: 140, 50: 75, 200: 78}, FLAT], [1000])
    assert rules(counted(candidate, FakeCounting([FLAT, FLAT], [1000]))) == []


def test_one_bad_plan_is_nobodys_fault():
    candidate, baseline = FakeCounting([FLAT], [9000, 1010]), FakeCounting([FLAT], [1000, 1000])
    assert rules(counted(candidate, baseline)) == []
    assert candidate.asked == baseline.asked == ["count", "pages invoice"]


def test_a_count_that_suffered_in_the_baseline_hides_nothing():
    more = {5: 90, 50: 90, 200: 90}
    baseline = FakeCounting([{5: 140, 50: 75, 200: 480}, FLAT], [9000, 1000])
    costs = counted(FakeCounting([more, more], [3000, 3000]), baseline)
    assert rules(costs) == ["more-queries", "more-data"]


def test_what_both_counts_say_stands():
    candidate = FakeCounting([{5: 140, 50: 140, 200: 140}] * 2, [9000, 9000])
    costs = counted(candidate, FakeCounting([FLAT, FLAT], [1000, 1000]))
    assert rules(costs) == ["more-queries", "more-data"]


def test_growth_of_a_single_count_is_nobodys_fault():
    candidate = FakeCounting([{5: 75, 50: 75, 200: 480}, FLAT], [1000])
    costs = counted(candidate, FakeCounting([FLAT, FLAT], [1000]))
    assert costs.candidate.growths[0].queries == FLAT
    assert slope_findings(costs, SETTINGS) == []
