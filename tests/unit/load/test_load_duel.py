"""What a comparison leads to: findings, numbers, pictures, or the admission that it cannot be told."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from odoo_gate.load.blocks import CANDIDATE
from odoo_gate.load.comparison import Answer, Terms, compare_blocks
from odoo_gate.load.duel import MIX, check_decided, comparison_metrics, plan_of_blocks, verdict_findings
from odoo_gate.load.errors import Inconclusive
from odoo_gate.load.pictures import both_distributions, ratios
from odoo_gate.load.simulation import Noise, simulated_run
from odoo_gate.model import Severity
from odoo_gate.picture import read_picture
from odoo_gate.traffic import find_profile

TERMS = Terms()
QUIET = Noise(0.01, 0.0, 0.02)


def blocks(slower=0.0, noise=QUIET):
    return simulated_run(6, ("post-invoice",), noise, Random(3), slower=slower)


def test_as_fast_as_before_has_no_findings():
    compared = compare_blocks(blocks(), TERMS)
    assert verdict_findings(compared, blocks(), "month-end", TERMS) == []
    check_decided(compared, "month-end")


def test_slower_is_found_and_said_by_how_much():
    found = verdict_findings(compare_blocks(blocks(0.3), TERMS), blocks(0.3), "month-end", TERMS)
    assert {finding.rule for finding in found} == {"slower"}
    assert any("post-invoice +31% against the baseline" in finding.message for finding in found)


def test_one_transaction_of_which_nothing_can_be_told_is_a_warning():
    compared = compare_blocks(blocks(), TERMS)
    doubtful = [replace(e, answer=Answer.INCONCLUSIVE) if e.name == "post-invoice" else e for e in compared.endpoints]
    compared = replace(compared, endpoints=tuple(doubtful))
    (finding,) = verdict_findings(compared, blocks(), "month-end", TERMS)
    assert (finding.rule, finding.severity) == ("not-told", Severity.WARNING)
    assert "whether post-invoice alone is slower cannot be told: it is between" in finding.message
    check_decided(compared, "month-end")


def test_errors_on_the_candidate_alone_are_found():
    failing = [replace(block, errors=1) if block.side == CANDIDATE else block for block in blocks()]
    (finding,) = verdict_findings(compare_blocks(failing, TERMS), failing, "month-end", TERMS)
    assert finding.rule == "more-errors"
    assert "12 transactions failed on the candidate, 0 on the baseline" in finding.message


def test_errors_on_both_are_no_regression():
    failing = [replace(block, errors=1) for block in blocks()]
    compared = compare_blocks(failing, TERMS)
    assert verdict_findings(compared, failing, "month-end", TERMS) == []
    with pytest.raises(Inconclusive, match="24 of 216 transactions failed: it was not the same work"):
        check_decided(compared, "month-end")


def test_a_single_error_may_be_the_machines_and_is_a_warning():
    failing = list(blocks())
    place = next(number for number, block in enumerate(failing) if block.side == CANDIDATE)
    failing[place] = replace(failing[place], errors=1)
    told = verdict_findings(compare_blocks(failing, TERMS), failing, "month-end", TERMS)
    assert [(finding.rule, finding.severity) for finding in told] == [("more-errors", Severity.WARNING)]


def test_what_cannot_be_told_is_said():
    undecided = compare_blocks(blocks(0.08, Noise(0.2, 0.0)), TERMS)
    with pytest.raises(Inconclusive, match=r"cannot be told: .* is between"):
        check_decided(undecided, "month-end")
    with pytest.raises(Inconclusive, match="too few"):
        check_decided(compare_blocks(blocks()[:4], TERMS), "month-end")


def test_ratios_bounds_and_power_are_metrics():
    metrics = {each.name: each.value for each in comparison_metrics(compare_blocks(blocks(0.3), TERMS))}
    assert metrics["post-invoice: candidate over baseline"] == pytest.approx(1.3, abs=0.03)
    assert metrics["post-invoice: candidate over baseline at least"] > 1.2
    assert metrics["post-invoice: power"] > 0.9
    assert metrics["post-invoice: pairs"] == 12


def test_pictures_can_be_read_back():
    drawn = ratios(compare_blocks(blocks(), TERMS), "month-end", TERMS.margin)
    assert read_picture(drawn.to_json()) == drawn
    assert {line.name for line in drawn.lines} >= {"all work", "post-invoice", "equal runs: post-invoice"}
    assert {line.name for line in both_distributions(blocks(), "month-end").lines} == {"baseline", "candidate"}


def test_nothing_compared_has_no_picture():
    assert ratios(compare_blocks((), TERMS), "month-end", 0.1) is None
    assert both_distributions((), "month-end") is None


@pytest.mark.parametrize("profile", sorted(MIX))
def test_blocks_do_what_the_profile_knows_in_whole_numbers(profile):
    known = {transaction.name for transaction in find_profile(profile).transactions}
    assert MIX[profile].keys() <= known
    assert sum(MIX[profile].values()) == plan_of_blocks(profile, 1).fixed_work
