"""Whether the candidate is slower than the baseline: PASS, FAIL or INCONCLUSIVE, from blocks and nothing else.

Pure: blocks that were recorded are judged again to the same answer.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist, median, stdev

from odoo_gate.load.blocks import CANDIDATE, SIDES, Block, Pair, pairs_of
from odoo_gate.load.statistics import Interval, critical_rank, hodges_lehmann, holm, p_greater, pseudo_median

WHOLE_BLOCK = "all work"
"""The endpoint that every transaction of a block counts in."""
PROCESSOR = "processor time"
"""The endpoint of the seconds of processor that a block took, which a noisy machine moves far less than answers."""
DECISIVE = (WHOLE_BLOCK, PROCESSOR)
"""What has to be as fast as before. A single transaction FAILs as these do; too rare or too noisy to be told, it does
not hold up a release whose work as a whole takes what it took."""

_MIN_PAIRS = 6
_MIN_SAMPLES = 5
"""Transactions a block must hold for one of its own to be judged alone; fewer count in the whole block only."""
_NOISY_SHARE = 0.25
_SPEARMAN_BROWN = 1.047
"""What signed ranks need in pairs against a t-test of normal differences (efficiency 3/pi)."""


class Answer(StrEnum):
    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True, slots=True)
class Terms:
    """How a comparison is judged. Slower than by `margin` (0.08 is 8 %) FAILs; PASS has to rule out `effect`.

    `alpha`: how often each of both may be wrong.
    `max_failed`: the share of all transactions that may fail; `max_pace`: how far (0.25 is 25 %) the machine's own pace
    may leave its median; `max_lag`: seconds the generator may be late (99th percentile); `max_foreign`: the share of
    the machine that other programs may take in a block.
    """

    margin: float = 0.08
    alpha: float = 0.05
    max_failed: float = 0.05
    max_pace: float = 0.25
    max_lag: float = 0.05
    max_foreign: float = 0.15
    effect: float = 0.15


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One transaction compared. `ratio` is candidate over baseline with its bounds; `p` is adjusted for all endpoints.

    `power`: how likely a candidate slower by `Terms.effect` is found with this many pairs and this noise.
    """

    name: str
    answer: Answer
    ratio: Interval
    p: float
    pairs: int
    power: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the blocks say. `void`: why they say nothing at all; then there are no endpoints.

    `control`: by endpoint, how far equal runs of one release seem apart, as a ratio with bounds of the same confidence.
    It shows what this machine makes of no difference at all, and decides nothing: who comes first is drawn by lot for
    the releases as for the control, so that neither can favour a side but by chance.
    """

    endpoints: tuple[Endpoint, ...]
    control: Mapping[str, Interval]
    void: tuple[str, ...] = ()

    @property
    def answer(self) -> Answer:
        if self.void or not self.endpoints:
            return Answer.INCONCLUSIVE
        if any(each.answer is Answer.FAIL for each in self.endpoints):
            return Answer.FAIL
        return Answer.INCONCLUSIVE if any(each.name in DECISIVE for each in self.untold) else Answer.PASS

    @property
    def untold(self) -> tuple[Endpoint, ...]:
        """What the blocks say nothing of."""
        return tuple(each for each in self.endpoints if each.answer is Answer.INCONCLUSIVE)


def compare_blocks(blocks: Sequence[Block], terms: Terms) -> Comparison:
    """Judge `blocks`. Raises ValueError when they are not by four."""
    pairs = undisturbed(blocks, terms)
    void = [*_voids([block for pair in pairs for block in pair], terms)]
    if len(pairs) < _MIN_PAIRS:
        void.append(_too_few(blocks, len(pairs), terms))
    names = _common(pairs)
    if not names:
        void.append("a block has no transaction")
    if void:
        return Comparison((), {}, tuple(void))
    return Comparison(_endpoints(names, pairs, terms), {name: _control(name, pairs, terms) for name in names})


def undisturbed(blocks: Sequence[Block], terms: Terms) -> tuple[Pair, ...]:
    """The pairs in whose time the machine was the stack's own; which those are does not depend on what they took.

    Who came first in a pair was drawn by lot, so that one whose other half of the four does not count favours nobody.
    Raises ValueError when the blocks are not by four.
    """
    return tuple(pair for pair in pairs_of(blocks) if all(block.foreign <= terms.max_foreign for block in pair))


def power(pairs: int, noise: float, terms: Terms, endpoints: int = 1) -> float:
    """How likely a candidate slower by `terms.effect` FAILs. `noise` is the standard deviation of paired log-ratios.

    Normal approximation of the signed-rank test, at the strictest level Holm may ask for.
    """
    level = terms.alpha / endpoints
    if critical_rank(pairs, level) == 0:
        return 0.0
    if noise <= 0:
        return 1.0
    room = math.log1p(terms.effect) - math.log1p(terms.margin)
    normal = NormalDist()
    return normal.cdf(room / (noise * math.sqrt(_SPEARMAN_BROWN / pairs)) - normal.inv_cdf(1 - level))


def typical(block: Block, name: str) -> float:
    """The log of what one transaction of the block typically took, or the whole block in sum."""
    if name == PROCESSOR:
        return math.log(block.cpu)
    if name == WHOLE_BLOCK:
        return math.log(sum(sum(values) for values in block.seconds.values()))
    return pseudo_median([math.log(max(value, 1e-4)) for value in block.seconds[name]])


def _common(pairs: Sequence[Pair]) -> tuple[str, ...]:
    """The whole block, its processor time where it was measured, and the transactions that every block has enough of.

    None when a block is empty.
    """
    blocks = [block for pair in pairs for block in pair]
    if not blocks or not all(any(block.seconds.values()) for block in blocks):
        return ()
    enough = [{name for name, values in each.seconds.items() if len(values) >= _MIN_SAMPLES} for each in blocks]
    measured = (PROCESSOR,) if all(block.cpu > 0 for block in blocks) else ()
    return (WHOLE_BLOCK, *measured, *sorted(set.intersection(*enough)))


def _too_few(blocks: Sequence[Block], left: int, terms: Terms) -> str:
    driven = sum(1 for _ in pairs_of(blocks))
    if left == driven:
        return f"{driven} pairs of blocks are too few; it takes {_MIN_PAIRS}"
    worst = max(block.foreign for block in blocks)
    return (
        f"the machine was not the stack's own: in {driven - left} of {driven} pairs of blocks other programs took more"
        f" than {terms.max_foreign:.0%} of it (worst {worst:.0%}); it takes {_MIN_PAIRS} undisturbed pairs"
    )


def _voids(judged: Sequence[Block], terms: Terms) -> list[str]:
    void = []
    paces = [block.pace for block in judged]
    if paces:
        usual = median(paces)
        off = [pace for pace in paces if abs(pace / usual - 1) > terms.max_pace]
        if len(off) > _NOISY_SHARE * len(paces):
            worst = max(paces) / min(paces)
            void.append(
                f"the machine was noisy: in {len(off)} of {len(paces)} blocks its own pace left the median by more"
                f" than {terms.max_pace:.0%} (slowest over fastest {worst:.1f})"
            )
    failed = sum(block.errors for block in judged)
    due = failed + sum(len(values) for block in judged for values in block.seconds.values())
    if failed > terms.max_failed * due:
        void.append(f"{failed} of {due} transactions failed: it was not the same work")
    late = [block.lag for block in judged if block.lag > terms.max_lag]
    if len(late) > _NOISY_SHARE * len(judged):
        void.append(
            f"the generator was late: p99 above {terms.max_lag * 1000:.0f} ms in {len(late)} of {len(judged)} blocks"
            f" (worst {max(late) * 1000:.0f} ms)"
        )
    return void


def _endpoints(names: Sequence[str], pairs: Sequence[Pair], terms: Terms) -> tuple[Endpoint, ...]:
    differences = {name: [_difference(name, pair) for pair in pairs] for name in names}
    limit = math.log1p(terms.margin)
    adjusted = holm({name: p_greater(values, limit) for name, values in differences.items()})
    return tuple(_endpoint(name, differences[name], adjusted[name], terms, len(names)) for name in names)


def _endpoint(name: str, differences: Sequence[float], p: float, terms: Terms, endpoints: int) -> Endpoint:
    logs = hodges_lehmann(differences, terms.alpha)
    if p <= terms.alpha:
        answer = Answer.FAIL
    else:
        answer = Answer.PASS if logs.upper < math.log1p(max(terms.effect, terms.margin)) else Answer.INCONCLUSIVE
    chance = power(len(differences), stdev(differences), terms, endpoints)
    return Endpoint(name, answer, _ratio(logs), p, len(differences), chance)


def _difference(name: str, pair: Pair) -> float:
    """Candidate minus baseline."""
    left, right = pair
    sign = 1 if right.side == CANDIDATE else -1
    return sign * (typical(right, name) - typical(left, name))


def _control(name: str, pairs: Sequence[Pair], terms: Terms) -> Interval:
    """Each release against itself: its blocks two by two, in an order drawn by lot."""
    lot = random.Random(name)
    differences = []
    for side in SIDES:
        values = [typical(block, name) for pair in pairs for block in pair if block.side == side]
        for first, second in zip(values[::2], values[1::2], strict=False):
            differences.append(lot.choice((1, -1)) * (second - first))
    return _ratio(hodges_lehmann(differences, terms.alpha))


def _ratio(logs: Interval) -> Interval:
    return Interval(*(math.exp(min(each, 700.0)) for each in (logs.estimate, logs.lower, logs.upper)))
