"""How often the judgement itself is wrong: runs simulated from a model of noise, or from blocks that were recorded."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from odoo_gate.load.blocks import CANDIDATE, Block, Side, order_of_blocks, quads_of
from odoo_gate.load.comparison import PROCESSOR, WHOLE_BLOCK, Answer, Terms, compare_blocks


@dataclass(frozen=True, slots=True)
class Noise:
    """How blocks differ though the work is the same, as standard deviations of logs.

    `block` is what a whole block shares and hands on to the next with `autocorrelation` (0 to 1); `request` is what
    every transaction has for itself. `processor`: of the processor time of a block, which has nothing else.
    """

    block: float = 0.03
    autocorrelation: float = 0.6
    request: float = 0.15
    processor: float = 0.05


def simulated_run(
    quads: int, names: Sequence[str], noise: Noise, lot: random.Random, *, slower: float = 0.0, size: int = 8
) -> tuple[Block, ...]:
    """A run of two releases, the candidate slower by `slower` (0.15 is 15 %), with `size` transactions a block."""
    blocks = []
    shared = lot.gauss(0, noise.block)
    fresh = noise.block * math.sqrt(1 - noise.autocorrelation**2)
    for quad, sides in enumerate(order_of_blocks(quads, lot.randrange(1 << 30))):
        for side in sides:
            shared = noise.autocorrelation * shared + lot.gauss(0, fresh)
            level = shared + (math.log1p(slower) if side == CANDIDATE else 0.0)
            seconds = {
                name: tuple(0.2 * math.exp(level + lot.gauss(0, noise.request)) for _ in range(size)) for name in names
            }
            cpu = 10 * math.exp(level - shared + lot.gauss(0, noise.processor))
            blocks.append(Block(quad, side, seconds, pace=0.05, cpu=cpu))
    return tuple(blocks)


def resampled_run(recorded: Sequence[Block], lot: random.Random, *, slower: float = 0.0) -> tuple[Block, ...]:
    """A run of one release against itself made of `recorded` blocks; the second slower by `slower`.

    What the releases differed by is taken out, fours are drawn with replacement, and within each it is drawn by lot who
    is who: what follows each other stays together, and so does how blocks depend on each other.
    """
    fours = tuple(quads_of(_alike(recorded)))
    blocks: list[Block] = []
    for quad, sides in enumerate(order_of_blocks(len(fours), lot.randrange(1 << 30))):
        drawn = fours[lot.randrange(len(fours))]
        blocks.extend(_relabelled(block, quad, side, slower) for block, side in zip(drawn, sides, strict=True))
    return tuple(blocks)


def answers(make: Callable[[random.Random], Sequence[Block]], terms: Terms, runs: int, seed: int) -> Counter[Answer]:
    """How `runs` simulated runs are judged."""
    lot = random.Random(seed)
    return Counter(compare_blocks(make(lot), terms).answer for _ in range(runs))


def _alike(recorded: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks with the candidate's seconds brought to the baseline's level, transaction by transaction."""
    compared = compare_blocks(recorded, Terms(max_pace=math.inf, max_lag=math.inf, max_foreign=1.0, max_failed=1.0))
    ratios = {each.name: each.ratio.estimate for each in compared.endpoints if each.name != WHOLE_BLOCK}
    return tuple(
        replace(
            block,
            seconds=_scaled(block, lambda name: 1 / ratios.get(name, 1.0)),
            cpu=block.cpu / ratios.get(PROCESSOR, 1.0),
        )
        if block.side == CANDIDATE
        else block
        for block in recorded
    )


def _relabelled(block: Block, quad: int, side: Side, slower: float) -> Block:
    factor = 1 + slower if side == CANDIDATE else 1.0
    return replace(block, quad=quad, side=side, seconds=_scaled(block, lambda _: factor), cpu=block.cpu * factor)


def _scaled(block: Block, factor: Callable[[str], float]) -> dict[str, tuple[float, ...]]:
    return {name: tuple(value * factor(name) for value in values) for name, values in block.seconds.items()}
