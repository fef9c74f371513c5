"""The knee of a release whose limit is known: where it is looked for, what is said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from odoo_gate.load.capacity import (
    Capacity,
    Step,
    capacity_metrics,
    capacity_picture,
    climb,
    in_words,
    step_of,
)
from odoo_gate.load.diagnosis import Diagnosis, Facts, Resource
from odoo_gate.load.diagnosis.model import Machine, Moment, Queues, WorkerLife
from odoo_gate.load.errors import Inconclusive
from odoo_gate.load.headroom import check_loaded, headroom_findings
from odoo_gate.load.peaks import Peak
from odoo_gate.model import Finding, Metric, Severity
from odoo_gate.picture import read_picture
from odoo_gate.settings.performance import LoadObjective, LoadSettings
from odoo_gate.traffic import Entry, Ledger, Outcome, Sample, Traffic, find_profile

FACTS = Facts(
    10.0, (Moment(1.0, 1, 1, {}, 0),), (), (), (), WorkerLife(frozenset({7}), 0, (), (), 0, 0),
    Machine(2, 0.95, 1.0, 0.9, 1, 1, 1), None, Queues({}),
)  # fmt: skip
BUSY = Diagnosis(FACTS, {Resource.WORKERS: 1.0, Resource.CPU: 0.95, Resource.POSTGRES: 0.1}, (), (), {})
OBJECTIVE = LoadObjective(p95_seconds=2.0)


def limited_to(limit: float, driven: list[float], *, late: bool = False):
    """A site that holds up to `limit` arrivals a minute."""

    def drive(per_minute: float) -> Step:
        driven.append(per_minute)
        broken = () if per_minute <= limit else ("post-invoice takes 3.00 s (p95), 2 s are allowed",)
        return Step(per_minute, per_minute, 10, 1.0, "post-invoice", late, 0.99 if late else 0.1, broken, BUSY)

    return drive


def found(limit: float, *, max_factor: float = 8, late: bool = False) -> tuple[Capacity, list[float]]:
    driven: list[float] = []
    steps = climb(limited_to(limit, driven, late=late), 40.0, max_factor)
    return Capacity("month-end", 40.0, OBJECTIVE, steps), driven


def test_the_knee_is_narrowed_between_what_held_and_what_broke():
    capacity, driven = found(72.0)
    assert driven == [20, 40, 60, 80, 70, 75]
    assert (capacity.knee, capacity.broken) == (70, 75)
    assert capacity.headroom == pytest.approx(0.75)
    assert capacity.holds_declared
    assert capacity.limiting is Resource.CPU
    assert "70 a minute, 1.8 times the declared peak of 40" in in_words(capacity)
    assert "short of CPU" in in_words(capacity)
    assert {metric.name for metric in capacity_metrics(capacity)} >= {"month-end: knee", "month-end: headroom"}


def test_what_breaks_below_the_declared_peak_has_no_headroom():
    capacity, _ = found(32.0)
    assert capacity.knee == 30
    assert not capacity.holds_declared
    assert capacity.headroom == pytest.approx(-0.25)


def test_what_never_holds_has_no_knee():
    capacity, driven = found(1.0)
    assert driven == [20]
    assert (capacity.knee, capacity.headroom, capacity.holds_declared) == (None, None, False)
    assert "breaks at the lowest rate" in in_words(capacity)
    assert [metric.name for metric in capacity_metrics(capacity)] == ["month-end: declared peak"]


def test_what_never_breaks_is_said_to_hold_at_least_so_much():
    capacity, driven = found(10_000, max_factor=2)
    assert driven == [20, 40, 60, 80]
    assert capacity.limiting is None
    assert "at least 80 a minute" in in_words(capacity)


def test_a_generator_that_is_short_says_nothing_of_the_release():
    capacity, _ = found(50, late=True)
    assert capacity.limiting is Resource.GENERATOR
    assert "the generator itself could not keep up" in in_words(capacity)


def test_the_picture_has_the_declared_peak_and_the_knee():
    picture = capacity_picture(found(72.0)[0])
    assert read_picture(picture.to_json()) == picture
    assert [(mark.x, mark.label) for mark in picture.marks] == [(40.0, "declared peak"), (70.0, "knee")]
    assert len(picture.lines[0].points) == 6


def test_the_picture_calls_nothing_a_knee_that_did_not_break():
    picture = capacity_picture(found(10_000, max_factor=2)[0])
    assert [(mark.x, mark.label) for mark in picture.marks] == [(40.0, "declared peak"), (80.0, "held")]


def test_what_holds_as_much_more_as_is_asked_passes():
    enough, unbroken = found(72.0)[0], found(10_000, max_factor=2)[0]
    assert not [each for each in headroom_findings([enough], {"month-end": 0.75}) if each.severity is Severity.ERROR]
    assert headroom_findings([unbroken], {"month-end": 1.0}) == []
    check_loaded([enough, unbroken], {"month-end": 0.75})


@pytest.mark.parametrize("limit", [72.0, 32.0, 1.0], ids=["less than asked", "less than declared", "nothing"])
def test_what_holds_less_than_is_asked_fails(limit: float):
    capacity, _ = found(limit)
    first = headroom_findings([capacity], {"month-end": 1.0})[0]
    assert (first.rule, first.severity) == ("no-headroom", Severity.ERROR)
    assert in_words(capacity) in first.message
    assert "100% above the declared peak is asked" in first.message
    check_loaded([capacity], {"month-end": 1.0})


def test_what_was_short_where_it_broke_is_a_note():
    saturated = Finding("saturated", "the workers were busy", Severity.WARNING, remedy="more workers")
    capacity, _ = found(72.0)
    steps = tuple(replace(step, diagnosis=replace(BUSY, findings=(saturated,))) for step in capacity.steps)
    (note,) = headroom_findings([replace(capacity, steps=steps)], {"month-end": 0.5})
    assert note == replace(saturated, message="month-end at 75 a minute: the workers were busy", severity=Severity.NOTE)


def test_a_generator_that_gave_in_before_what_is_asked_concludes_nothing():
    capacity, _ = found(50, late=True)
    with pytest.raises(Inconclusive, match="the generator itself could not keep up"):
        check_loaded([capacity], {"month-end": 1.0})
    check_loaded([capacity], {"month-end": 0.1})


def test_headroom_of_no_profile_is_an_error():
    assert [each.rule for each in headroom_findings([], {})] == ["nothing-driven"]


def test_more_headroom_than_is_driven_is_refused():
    assert LoadSettings(headroom={"month-end": 7}).headroom == {"month-end": 7}
    with pytest.raises(ValidationError, match="raise capacity_max_factor to 9"):
        LoadSettings(headroom={"month-end": 8})


def sample(number: int, seconds: float, outcome: Outcome = Outcome.ACKNOWLEDGED) -> Sample:
    started = 100.0 + number
    return Sample("month-end", "post-invoice", str(number), "u", started, started, started + seconds, outcome, "busy")


def left(samples: list[Sample], lag: float = 0.0, entries: tuple[Entry, ...] = (), difference: float = 0.0) -> Peak:
    traffic = Traffic(tuple(samples), lag, 0.2, 100.0, 160.0, len(samples), Path())
    metrics = ((Metric("debit minus credit", difference, "1"), 0.0), (Metric("posted per minute", 0.0, "1/min"), None))
    return Peak(find_profile("month-end"), traffic, Ledger(entries), metrics, 0, BUSY)


@pytest.mark.parametrize(
    ("peak", "words"),
    [
        (left([sample(1, 0.5)]), []),
        (left([sample(1, 2.5)]), ["all transactions take 2.50 s"]),
        (left([sample(1, 0.5), sample(2, 0.5, Outcome.UNKNOWN)]), ["1 of 2 post-invoice were not answered: busy"]),
        (left([sample(1, 0.5)], lag=0.3), ["the generator was late (300 ms)"]),
        (
            left([sample(1, 0.5)], entries=(Entry(sample(1, 0.5), 0, 0, 0),)),
            ["1 post-invoice are acknowledged and not"],
        ),
        (left([sample(1, 0.5, Outcome.REFUSED)]), ["nothing was acknowledged", "1 of 1 post-invoice were refused"]),
        (left([sample(1, 0.5)], difference=0.01), ["debit minus credit is 0.01"]),
    ],
    ids=["well", "slow", "unanswered", "late", "lost", "nothing", "wrong"],
)
def test_a_drive_breaks_by_what_people_and_the_database_say(peak: Peak, words: list[str]):
    broken = step_of(peak, 40.0, OBJECTIVE).broken
    assert len(broken) == len(words)
    assert all(said.removeprefix("month-end: ").startswith(word) for said, word in zip(broken, words, strict=True))
