"""The plan of copies: seeded, Zipf-distributed jobs, month ends, weeks of their own."""

from __future__ import annotations

import calendar
import collections
import datetime

import pytest

from odoo_gate.data.archetypes import Archetypes, Unit
from odoo_gate.data.plan import Rounds, copies, rounds
from odoo_gate.data.spec import PERIOD_DAYS, PERIOD_START, SCALES

ROUNDS = Rounds(documents=2000, jobs=50)


def unit(index, *, job=None, spacing="free", scalable=True):
    return Unit(index, "invoice", job, PERIOD_START, spacing, scalable, {}, ())


JOB = unit(0, spacing="start", scalable=False)


def documents(*units, seed=1):
    return [copy for copy in copies((JOB, *units), ROUNDS, seed) if copy.unit]


def test_the_same_seed_gives_the_same_copies_and_another_seed_others():
    assert documents(unit(1, job=0)) == documents(unit(1, job=0))
    assert documents(unit(1, job=0)) != documents(unit(1, job=0), seed=2)


def test_a_few_jobs_are_large_and_most_are_small():
    sizes = collections.Counter(copy.job for copy in documents(unit(1, job=0)))
    ranked = [count for _, count in sizes.most_common()]
    assert ranked[0] > 3 * ranked[4] > 9 * ranked[-1]
    assert set(sizes) <= set(range(ROUNDS.jobs + 1))


def test_documents_crowd_at_the_end_of_the_month_and_stay_in_the_period():
    days = [PERIOD_START + datetime.timedelta(days=copy.days) for copy in documents(unit(1))]
    last_days = [day for day in days if day.day > calendar.monthrange(day.year, day.month)[1] - 4]
    assert len(last_days) / len(days) > 0.45
    assert min(days) >= PERIOD_START
    assert max(days) <= PERIOD_START + datetime.timedelta(days=PERIOD_DAYS)
    assert {day.year for day in days} == {2023, 2024, 2025, 2026}


def test_a_document_is_not_older_than_its_job():
    starts = {copy.number: copy.days for copy in copies((JOB,), ROUNDS, 1)}
    assert all(copy.days >= starts.get(copy.job, 0) - 31 for copy in documents(unit(1, job=0)))


def test_weekly_documents_each_have_a_week_of_their_own():
    days = [copy.days for copy in documents(unit(1, spacing="weekly"))]
    assert len(set(days)) == len(days) == PERIOD_DAYS // 7
    assert all(day % 7 == 0 for day in days)


def test_documents_with_weekdays_move_by_whole_weeks():
    assert all(copy.days % 7 == 0 for copy in documents(unit(1, spacing="weeks")))


def test_only_scalable_documents_grow_and_they_differ():
    assert {copy.factor for copy in documents(unit(1, scalable=False))} == {1}
    assert len({copy.factor for copy in documents(unit(1))}) > 10


@pytest.mark.parametrize(("lines", "expected"), [(0, 1500), (500, 2000)])
def test_there_are_so_many_rounds_that_the_scale_is_reached(lines, expected):
    now = datetime.datetime(2026, 1, 1)
    archetypes = Archetypes(("account",), (JOB, unit(1), unit(2)), {}, {}, (now, now))
    count = rounds(archetypes, SCALES["small"] if not lines else SCALES["large"], lines)
    assert count.documents == (expected if not lines else 100_000)
