"""What samples say of a fault: who was under way, who failed, and from when on work went on as before.

Pure: moments are seconds since the epoch, as in the samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from odoo_gate.traffic import Sample

STEADY = 5
"""Transactions in a row that tell recovery from luck."""
_MOST_FAILED = 1
"""Of so many in a row, how many may fail in ordinary service: a lock, a conflict."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The samples of one drill around its fault.

    The fault struck at `struck`; from `over` on its cause was gone (equal to `struck` for a kill), and by `back` what
    was hit served again. `samples` are in the order they ended. `logs_out`: the fault logged everybody out, so that
    each of them is turned away once.
    """

    samples: tuple[Sample, ...]
    struck: float
    over: float
    back: float
    logs_out: bool = False

    @property
    def before(self) -> tuple[Sample, ...]:
        """What had ended when the fault struck."""
        return tuple(sample for sample in self.samples if sample.ended <= self.struck)

    @property
    def under_way(self) -> tuple[Sample, ...]:
        """What the fault may have hit: begun before what was hit served again, not ended when it struck."""
        return tuple(sample for sample in self.samples if sample.started <= self.back and sample.ended > self.struck)

    @property
    def later(self) -> tuple[Sample, ...]:
        """What began when the cause was gone."""
        return tuple(sample for sample in self.samples if sample.started > self.over)

    @property
    def recovered(self) -> float | None:
        """When the first transaction ended with which work went on as before; None when it never did."""
        return recovered_at(self.later)

    @property
    def recovery_seconds(self) -> float | None:
        """From the end of the cause until work went on."""
        recovered = self.recovered
        return None if recovered is None else recovered - self.over

    @property
    def failed(self) -> tuple[Sample, ...]:
        """What failed from the strike on."""
        return tuple(each for each in self.samples if each.ended > self.struck and not each.is_acknowledged)

    @property
    def failed_after(self) -> tuple[Sample, ...]:
        """What began when work went on as before, and failed all the same.

        Not who is asked to log in only then, because the fault did it and they had done nothing since.
        """
        recovered = self.recovered
        if recovered is None:
            return ()
        failed = [each for each in self.failed if each.started > self.over]
        turned_away = {each.user: each.ended for each in reversed(failed)} if self.logs_out else {}
        late = [each for each in failed if each.started > recovered]
        return tuple(each for each in late if each.started > turned_away.get(each.user, 0.0))

    @property
    def after(self) -> tuple[Sample, ...]:
        """What began when work went on as before."""
        recovered = self.recovered
        return () if recovered is None else tuple(each for each in self.samples if each.started > recovered)


def recovered_at(later: Sequence[Sample]) -> float | None:
    """The end of the first acknowledged of `later` (in the order they ended) that is followed by as good as no failure.

    None also while there are too few to tell.
    """
    for number, sample in enumerate(later):
        row = later[number : number + STEADY]
        if len(row) < STEADY:
            return None
        if sample.is_acknowledged and sum(not each.is_acknowledged for each in row) <= _MOST_FAILED:
            return sample.ended
    return None


def share_failed(samples: Sequence[Sample]) -> float:
    """0 to 1; 0 for none."""
    return sum(not sample.is_acknowledged for sample in samples) / len(samples) if samples else 0.0


def a_second(moments: Sequence[float], start: float, end: float, step: float = 1.0) -> tuple[tuple[float, float], ...]:
    """(seconds since `start`, moments a second) for every `step` seconds until `end`."""
    steps = max(1, math.ceil((end - start) / step))
    counts = [0] * steps
    for moment in moments:
        place = int((moment - start) // step)
        if 0 <= place < steps:
            counts[place] += 1
    return tuple((place * step, count / step) for place, count in enumerate(counts))
