"""Which copies are made of which archetype: how often, of which job, when, how large. Pure and seeded."""

from __future__ import annotations

import bisect
import calendar
import datetime
import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from odoo_gate.data.archetypes import Archetypes, Unit
from odoo_gate.data.spec import PERIOD_DAYS, PERIOD_START, Scale

_WEEKS = PERIOD_DAYS // 7
_ZIPF = 1.1
"""The largest job has about so much more than the second, and so on: few large jobs, many small ones."""
_MONTH_END_SHARE = 0.45
"""Of all documents, in the last days of a month; the rest is spread over it."""
_MONTH_END_DAYS = 4
_JOBS_START_WITHIN = 700
_LARGEST = 60


@dataclass(frozen=True, slots=True)
class Copy:
    """The `number`-th copy of a unit, for the `job`-th copy of its job (0: the archetype itself).

    Dates move by `days`; amounts and quantities are multiplied by `factor`.
    """

    unit: int
    number: int
    job: int
    days: int
    factor: int


@dataclass(frozen=True, slots=True)
class Rounds:
    """How many copies there are of every document, and of every job."""

    documents: int
    jobs: int


def rounds(archetypes: Archetypes, scale: Scale, move_lines: int) -> Rounds:
    """So many that the scale is reached; `move_lines` are those of all archetypes together."""
    documents = sum(1 for unit in archetypes.units if not unit.is_job)
    jobs = sum(1 for unit in archetypes.units if unit.is_job)
    wanted = [math.ceil(scale.documents / max(documents, 1))]
    if move_lines:
        wanted.append(math.ceil(scale.move_lines / move_lines))
    return Rounds(documents=max(wanted), jobs=math.ceil(scale.jobs / max(jobs, 1)))


def copies(units: Sequence[Unit], count: Rounds, seed: int) -> Iterator[Copy]:
    """Every copy, jobs first. The same arguments give the same copies."""
    chance = random.Random(seed)
    starts: dict[tuple[int, int], int] = {}
    for unit in (unit for unit in units if unit.is_job):
        starts[unit.index, 0] = 0
        for number in range(1, count.jobs + 1):
            days = starts[unit.index, number] = chance.randrange(_JOBS_START_WITHIN)
            yield Copy(unit.index, number, number, days, 1)
    weights = list(itertools.accumulate(1 / (rank + 1) ** _ZIPF for rank in range(count.jobs + 1)))
    for unit in (unit for unit in units if not unit.is_job):
        for number in range(1, (min(count.documents, _WEEKS) if unit.spacing == "weekly" else count.documents) + 1):
            yield _document(unit, number, weights, starts, chance)


def _document(
    unit: Unit, number: int, weights: Sequence[float], starts: Mapping[tuple[int, int], int], chance: random.Random
) -> Copy:
    job = 0 if unit.job is None else bisect.bisect_left(weights, chance.random() * weights[-1])
    if unit.spacing == "weekly":
        days = 7 * number
    else:
        earliest = 0 if unit.job is None else starts[unit.job, job]
        days = max((_day(earliest, chance) - unit.anchor).days, 0)
        days -= days % 7 if unit.spacing == "weeks" else 0
    factor = min(int(math.exp(chance.gauss(0.6, 0.9))) + 1, _LARGEST) if unit.scalable else 1
    return Copy(unit.index, number, job, days, factor)


def _day(earliest: int, chance: random.Random) -> datetime.date:
    """A day of the period, not before `earliest` days after its start, more likely at the end of a month."""
    day = PERIOD_START + datetime.timedelta(days=chance.randrange(earliest, PERIOD_DAYS))
    if chance.random() >= _MONTH_END_SHARE:
        return day
    last = calendar.monthrange(day.year, day.month)[1]
    end = day.replace(day=last - chance.randrange(_MONTH_END_DAYS))
    return min(end, PERIOD_START + datetime.timedelta(days=PERIOD_DAYS))
