"""Blocks of fixed work, in a random order that drift cannot favour: the unit of every comparison.

Requests of one block depend on each other, so they are never pooled; a block is one observation.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Side = Literal["baseline", "candidate"]
BASELINE: Side = "baseline"
CANDIDATE: Side = "candidate"
SIDES: tuple[Side, Side] = (BASELINE, CANDIDATE)


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its place in the order, who served it, and the seconds of every transaction by its name.

    `quad` counts groups of four blocks from 0. `pace`: seconds the machine took for a fixed calculation just before;
    `lag`: the 99th percentile of how late the generator was; `foreign`: the share of the machine (0 to 1) that programs
    which had nothing to do with the block took while it lasted. `cpu`: seconds of processor that Odoo and PostgreSQL
    took for it. `warm_up`: served to fill caches, not judged.
    """

    quad: int
    side: Side
    seconds: Mapping[str, tuple[float, ...]]
    pace: float
    lag: float = 0.0
    foreign: float = 0.0
    cpu: float = 0.0
    errors: int = 0
    warm_up: bool = False


Pair = tuple[Block, Block]
"""Two blocks one after the other, one of each release."""


def order_of_blocks(quads: int, seed: int) -> tuple[tuple[Side, Side, Side, Side], ...]:
    """ABBA or BAAB, by lot: a linear drift cancels within each four."""
    lot = random.Random(seed)
    forward: tuple[Side, Side, Side, Side] = (BASELINE, CANDIDATE, CANDIDATE, BASELINE)
    backward: tuple[Side, Side, Side, Side] = (CANDIDATE, BASELINE, BASELINE, CANDIDATE)
    return tuple(lot.choice((forward, backward)) for _ in range(quads))


def quads_of(blocks: Iterable[Block]) -> Iterator[tuple[Block, Block, Block, Block]]:
    """The judged blocks by four, in their order. Raises ValueError when a four is not whole or not balanced."""
    groups: dict[int, list[Block]] = {}
    for block in blocks:
        if not block.warm_up:
            groups.setdefault(block.quad, []).append(block)
    for quad, group in sorted(groups.items()):
        if [block.side for block in group].count(BASELINE) != 2 or len(group) != 4:
            raise ValueError(f"the blocks of quad {quad} are not two of each release")
        one, two, three, four = group
        yield one, two, three, four


def pairs_of(blocks: Iterable[Block]) -> Iterator[Pair]:
    """The judged blocks two by two, in their order. Raises ValueError as `quads_of` does."""
    for one, two, three, four in quads_of(blocks):
        yield one, two
        yield three, four


def to_lines(blocks: Iterable[Block]) -> str:
    """As a file: one JSON line a block."""
    return "".join(json.dumps(asdict(block), sort_keys=True) + "\n" for block in blocks)


def from_lines(text: str) -> tuple[Block, ...]:
    """The blocks of a recorded file. Raises ValueError for a line that is none."""
    return tuple(_block(json.loads(line)) for line in text.splitlines() if line.strip())


def _block(plain: dict[str, Any]) -> Block:
    try:
        seconds = {str(name): tuple(map(float, values)) for name, values in plain["seconds"].items()}
        return Block(**{**plain, "seconds": seconds})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no block: {error}") from error
