"""Blocks in whose time other programs had the machine do not count, whoever they would have helped."""

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
def test_a_disturbed_block_takes_its_neighbour_along(hit: tuple[int, ...]):
    blocks = [disturbed(block) if place in hit else block for place, block in enumerate(run(8))]
    left = [pair for pair in range(16) if pair not in {place // 2 for place in hit}]
    assert undisturbed(blocks, TERMS) == tuple((blocks[2 * pair], blocks[2 * pair + 1]) for pair in left)
    assert compare_blocks(blocks, TERMS).answer is Answer.PASS


def test_blocks_that_were_all_disturbed_say_nothing():
    blocks = [disturbed(block) if block.side == CANDIDATE else block for block in run(8)]
    compared = compare_blocks(blocks, TERMS)
    assert compared.answer is Answer.INCONCLUSIVE
    assert "in 16 of 16 pairs of blocks other programs took more than 15% of it (worst 60%)" in compared.void[0]


def test_a_slower_candidate_is_found_among_disturbed_blocks():
    slower = simulated_run(12, NAMES, Noise(), random.Random(7), slower=0.3)
    blocks = [disturbed(block) if block.quad % 3 == 0 else block for block in slower]
    assert compare_blocks(blocks, TERMS).answer is Answer.FAIL


def test_what_others_took_is_kept_with_the_block():
    blocks = tuple(disturbed(block) for block in run(4))
    assert from_lines(to_lines(blocks)) == blocks
