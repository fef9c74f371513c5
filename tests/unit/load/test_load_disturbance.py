"""Rounds in whose time other programs had the machine do not count, whoever they would have helped."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from odoo_gate.load.blocks import CANDIDATE, Block, from_lines, to_lines
from odoo_gate.load.comparison import Answer, Terms, compare_blocks, undisturbed
from odoo_gate.load.simulation import Noise, simulated_run

NAMES = ("post", "read")
TERMS = Terms()


def run(quads: int) -> tuple[Block, ...]:
    return simulated_run(quads, NAMES, Noise(), random.Random(7))


def disturbed(block: Block) -> Block:
    seconds = {name: tuple(9 * value for value in values) for name, values in block.seconds.items()}
    return replace(block, seconds=seconds, foreign=0.6)


@pytest.mark.parametrize("hit", [(0, 5), (3, 6, 7)], ids=str)
def test_a_disturbed_block_takes_its_round_along(hit: tuple[int, ...]):
    blocks = [disturbed(block) if place in hit else block for place, block in enumerate(run(8))]
    counted = undisturbed(blocks, TERMS)
    assert [quad[0].quad for quad in counted] == [
        quad for quad in range(8) if quad not in {place // 4 for place in hit}
    ]
    assert compare_blocks(blocks, TERMS).answer is Answer.PASS


def test_rounds_that_were_all_disturbed_say_nothing():
    blocks = [disturbed(block) if block.side == CANDIDATE else block for block in run(8)]
    compared = compare_blocks(blocks, TERMS)
    assert compared.answer is Answer.INCONCLUSIVE
    assert "in 8 of 8 rounds other programs took more than 10% of it (worst 60%)" in compared.void[0]


def test_a_slower_candidate_is_found_among_disturbed_rounds():
    slower = simulated_run(12, NAMES, Noise(), random.Random(7), slower=0.3)
    blocks = [disturbed(block) if block.quad % 3 == 0 else block for block in slower]
    assert compare_blocks(blocks, TERMS).answer is Answer.FAIL


def test_what_others_took_is_kept_with_the_block():
    blocks = tuple(disturbed(block) for block in run(4))
    assert from_lines(to_lines(blocks)) == blocks
