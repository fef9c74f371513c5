"""How many results of each outcome, as words and as a bar; which group of results is worse than another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from odoo_gate.model import CheckResult, Outcome

WORST_FIRST = (Outcome.FAILED, Outcome.ERRORED, Outcome.SKIPPED, Outcome.PASSED)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar, in percent of its length."""

    outcome: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Counts:
    """How many results of each outcome."""

    by_outcome: Mapping[Outcome, int]

    @property
    def total(self) -> int:
        return sum(self.by_outcome.values())

    @property
    def words(self) -> str:
        """`3 failed, 120 passed`, worst first."""
        return ", ".join(f"{self.by_outcome[o]:,} {o}" for o in WORST_FIRST if self.by_outcome.get(o))

    @property
    def segments(self) -> list[Segment]:
        """The bar; a single failure among thousands is still wide enough to see."""
        shares = {o: max(100 * n / self.total, 1.5) for o, n in self.by_outcome.items() if n}
        whole, at, found = sum(shares.values()), 0.0, []
        for outcome in (o for o in WORST_FIRST if o in shares):
            width = 100 * shares[outcome] / whole
            found.append(Segment(str(outcome), round(at, 2), round(width, 2)))
            at += width
        return found

    def of(self, outcome: str) -> int:
        return self.by_outcome.get(Outcome(outcome), 0)


def count(results: Sequence[CheckResult]) -> Counts:
    return Counts(Counter(result.outcome for result in results))


def worst(results: Sequence[CheckResult]) -> Outcome:
    """The worst outcome among `results`, which must not be empty."""
    return min((result.outcome for result in results), key=WORST_FIRST.index)


def badness(results: Sequence[CheckResult]) -> int:
    """0 for a group with a failure, then errors, skips, findings; the highest for one without a blemish."""
    rank = min((WORST_FIRST.index(r.outcome) for r in results), default=len(WORST_FIRST))
    blemished = any(r.findings for r in results)
    return rank if rank < WORST_FIRST.index(Outcome.PASSED) else rank + (not blemished)
