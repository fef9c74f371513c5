"""The judgement on simulated runs: how often it is wrong, what it can find, and what voids it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from odoo_gate.load.blocks import BASELINE, CANDIDATE, Block, from_lines, order_of_blocks, quads_of, to_lines
from odoo_gate.load.comparison import PROCESSOR, WHOLE_BLOCK, Answer, Terms, compare_blocks, power
from odoo_gate.load.simulation import Noise, answers, resampled_run, simulated_run

NAMES = ("post-invoice", "reconcile")
QUADS = 6
TERMS = Terms()
DECLARED = Noise()
RUNS = 200


def simulated(slower: float = 0.0, noise: Noise = DECLARED, quads: int = QUADS):
    return lambda lot: simulated_run(quads, NAMES, noise, lot, slower=slower)


@pytest.mark.parametrize("autocorrelation", [0.0, 0.6, 0.9])
@pytest.mark.parametrize("block", [0.03, 0.12])
def test_equal_releases_fail_at_most_once_in_twenty(block, autocorrelation):
    found = answers(simulated(noise=Noise(block, autocorrelation)), TERMS, RUNS, seed=1)
    assert found[Answer.FAIL] <= 0.05 * RUNS


@pytest.mark.parametrize("autocorrelation", [0.0, 0.6])
def test_without_a_margin_equal_releases_fail_no_oftener_than_agreed(autocorrelation):
    """The hardest case: the truth lies exactly on the limit."""
    found = answers(simulated(noise=Noise(0.06, autocorrelation)), replace(TERMS, margin=0.0), RUNS, seed=2)
    assert found[Answer.FAIL] <= 0.07 * RUNS  # 0.05 and two standard errors


def test_on_the_limit_a_candidate_fails_no_oftener_than_agreed():
    found = answers(simulated(slower=TERMS.margin), TERMS, RUNS, seed=3)
    assert found[Answer.FAIL] <= 0.07 * RUNS


def test_fifteen_percent_are_found_with_the_power_declared():
    found = answers(simulated(slower=0.15, quads=8), TERMS, RUNS, seed=4)
    assert found[Answer.FAIL] >= 0.8 * RUNS
    assert found[Answer.PASS] <= 0.02 * RUNS


def test_equal_releases_pass_in_a_quiet_run():
    assert answers(simulated(quads=10), TERMS, RUNS, seed=5)[Answer.PASS] >= 0.9 * RUNS


def test_a_noisy_run_is_inconclusive_rather_than_passed():
    found = answers(simulated(slower=0.15, noise=Noise(0.3, 0.0)), TERMS, 100, seed=6)
    assert found[Answer.PASS] <= 5


def test_declared_power_is_the_power_simulated():
    noise = Noise(0.05, 0.0, request=0.0)
    names = ("post-invoice",)
    found = answers(lambda lot: simulated_run(8, names, noise, lot, slower=0.15), TERMS, RUNS, seed=7)
    assert found[Answer.FAIL] / RUNS == pytest.approx(power(16, 0.05 * 2**0.5, TERMS, endpoints=2), abs=0.12)


def test_power_of_too_few_pairs_is_none():
    assert power(4, 0.01, TERMS) == 0.0
    assert power(12, 0.0, TERMS) == 1.0


def test_forty_percent_fail_and_name_the_transaction():
    lot = Random(8)
    blocks = [
        replace(block, seconds={**block.seconds, "post-invoice": tuple(s * 1.4 for s in block.seconds["post-invoice"])})
        if block.side == CANDIDATE
        else block
        for block in simulated_run(QUADS, NAMES, DECLARED, lot)
    ]
    judged = {each.name: each.answer for each in compare_blocks(blocks, TERMS).endpoints}
    assert judged["post-invoice"] is Answer.FAIL
    assert judged["reconcile"] is not Answer.FAIL


def test_more_processor_time_alone_fails():
    blocks = simulated_run(8, NAMES, Noise(0.12, 0.0), Random(16))
    thirsty = [replace(block, cpu=block.cpu * (1.25 if block.side == CANDIDATE else 1.0)) for block in blocks]
    judged = {each.name: each.answer for each in compare_blocks(thirsty, TERMS).endpoints}
    assert judged[PROCESSOR] is Answer.FAIL
    assert compare_blocks(blocks, TERMS).answer is not Answer.FAIL


def test_blocks_whose_processor_time_was_not_measured_are_judged_by_their_seconds():
    blocks = [replace(block, cpu=0.0) for block in simulated_run(10, NAMES, DECLARED, Random(17))]
    judged = compare_blocks(blocks, TERMS)
    assert PROCESSOR not in {each.name for each in judged.endpoints}
    assert judged.answer is Answer.PASS


@pytest.mark.parametrize("name", [WHOLE_BLOCK, PROCESSOR])
def test_work_as_a_whole_has_to_be_told(name):
    judged = compare_blocks(simulated_run(10, NAMES, DECLARED, Random(18)), TERMS)
    assert judged.answer is Answer.PASS
    doubtful = [replace(e, answer=Answer.INCONCLUSIVE) if e.name == name else e for e in judged.endpoints]
    assert replace(judged, endpoints=tuple(doubtful)).answer is Answer.INCONCLUSIVE


def test_a_drift_within_the_run_favours_nobody():
    lot = Random(9)
    blocks = simulated_run(QUADS, NAMES, Noise(0.01, 0.0, 0.02), lot)
    drifting = [
        replace(block, seconds={name: tuple(s * 1.01**number for s in all_) for name, all_ in block.seconds.items()})
        for number, block in enumerate(blocks)
    ]
    assert compare_blocks(drifting, TERMS).answer is Answer.PASS


def test_a_noisy_machine_voids_the_run():
    blocks = simulated_run(QUADS, NAMES, DECLARED, Random(10))
    noisy = [replace(block, pace=0.05 * (2 if n % 3 == 0 else 1)) for n, block in enumerate(blocks)]
    judged = compare_blocks(noisy, TERMS)
    assert judged.answer is Answer.INCONCLUSIVE
    assert "machine was noisy" in judged.void[0]


def test_a_late_generator_voids_the_run():
    blocks = [replace(block, lag=0.2) for block in simulated_run(QUADS, NAMES, DECLARED, Random(11))]
    judged = compare_blocks(blocks, TERMS)
    assert judged.answer is Answer.INCONCLUSIVE
    assert "generator was late" in judged.void[0]


def test_each_release_is_compared_with_itself():
    lot = Random(12)
    blocks = simulated_run(QUADS, NAMES, Noise(0.0, 0.0, 0.01), lot)
    control = compare_blocks(blocks, TERMS).control
    assert set(control) == {WHOLE_BLOCK, PROCESSOR, *NAMES}
    assert all(0.95 < ratio.lower <= 1 <= ratio.upper < 1.05 for ratio in control.values())


def test_equal_runs_of_a_noisy_machine_seem_further_apart():
    calm, noisy = (
        compare_blocks(simulated_run(QUADS, NAMES, Noise(between, 0.0, 0.01), Random(12)), TERMS).control[WHOLE_BLOCK]
        for between in (0.02, 0.2)
    )
    assert noisy.upper - noisy.lower > 3 * (calm.upper - calm.lower)


def test_no_blocks_are_no_answer():
    judged = compare_blocks((), TERMS)
    assert judged.answer is Answer.INCONCLUSIVE
    assert judged.void


def test_blocks_without_transactions_are_no_answer():
    blocks = [replace(b, seconds={}) for b in simulated_run(QUADS, NAMES, DECLARED, Random(1))]
    assert compare_blocks(blocks, TERMS).answer is Answer.INCONCLUSIVE


def test_a_four_that_is_not_whole_is_refused():
    blocks = simulated_run(QUADS, NAMES, DECLARED, Random(1))
    with pytest.raises(ValueError, match="not two of each"):
        tuple(quads_of(blocks[1:]))


def test_every_four_is_balanced_and_the_order_is_drawn():
    order = order_of_blocks(40, seed=3)
    assert {quad.count(BASELINE) for quad in order} == {2}
    assert len(set(order)) == 2
    assert order == order_of_blocks(40, seed=3)


def test_blocks_are_recorded_and_read_back():
    blocks = simulated_run(2, NAMES, DECLARED, Random(1))
    assert from_lines(to_lines(blocks)) == blocks
    with pytest.raises(ValueError, match="no block"):
        from_lines('{"quad": 1}\n')


def test_recorded_blocks_of_unequal_releases_are_equal_when_resampled():
    recorded = simulated_run(8, NAMES, DECLARED, Random(13), slower=0.3)
    assert compare_blocks(recorded, TERMS).answer is Answer.FAIL
    found = answers(lambda lot: resampled_run(recorded, lot), TERMS, RUNS, seed=14)
    assert found[Answer.FAIL] <= 0.05 * RUNS
    slower = answers(lambda lot: resampled_run(recorded, lot, slower=0.15), TERMS, RUNS, seed=15)
    assert slower[Answer.FAIL] >= 0.7 * RUNS


def test_warm_up_is_not_judged():
    blocks = simulated_run(QUADS, NAMES, DECLARED, Random(1))
    cold = Block(0, BASELINE, dict.fromkeys(NAMES, (90.0,)), pace=9.0, lag=9.0, warm_up=True)
    assert compare_blocks((cold, *blocks), TERMS) == compare_blocks(blocks, TERMS)
