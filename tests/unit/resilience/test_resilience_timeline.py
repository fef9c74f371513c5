"""When work went on as before, and who was hit: from samples alone."""

from __future__ import annotations

import pytest

from odoo_gate.resilience.timeline import Timeline, a_second, recovered_at, share_failed
from odoo_gate.traffic import Outcome, Sample


def sample(started: float, ended: float, outcome: Outcome = Outcome.ACKNOWLEDGED, user: str = "ann") -> Sample:
    return Sample("month-end", "post-invoice", f"i-{started}", user, started, started, ended, outcome)


def steady(start: float, count: int = 8) -> tuple[Sample, ...]:
    return tuple(sample(start + number, start + number + 0.5) for number in range(count))


def failing(start: float, count: int) -> tuple[Sample, ...]:
    return tuple(sample(start + number, start + number + 0.5, Outcome.UNKNOWN) for number in range(count))


def test_work_went_on_with_the_first_of_many_that_succeed():
    line = Timeline((*steady(0), *failing(10, 4), *steady(14)), struck=9.0, over=9.0, back=9.0)
    assert line.recovered == pytest.approx(14.5)
    assert line.recovery_seconds == pytest.approx(5.5)
    assert len(line.failed) == 4
    assert line.failed_after == ()


def test_one_success_among_failures_is_luck():
    line = Timeline((*failing(10, 3), sample(13, 13.5), *failing(14, 6)), struck=9.0, over=9.0, back=9.0)
    assert line.recovered is None
    assert line.recovery_seconds is None


def test_too_few_afterwards_tell_nothing():
    assert recovered_at(steady(10, 4)) is None
    assert recovered_at(()) is None


def test_what_began_before_the_cause_was_gone_is_no_recovery():
    line = Timeline(steady(0, 30), struck=5.0, over=12.0, back=12.0)
    assert line.recovered == pytest.approx(13.5)


def test_under_way_is_what_the_fault_may_have_hit():
    early, during, late = sample(0, 1), sample(4, 6), sample(9, 10)
    line = Timeline((early, during, late), struck=5.0, over=5.0, back=7.0)
    assert line.under_way == (during,)
    assert line.before == (early,)


def test_failures_after_recovery_are_counted_apart():
    line = Timeline((*steady(10), *failing(20, 2)), struck=9.0, over=9.0, back=9.0)
    assert len(line.failed_after) == 2
    assert share_failed(line.after) == pytest.approx(2 / 9)
    assert share_failed(()) == 0


def turned_away(started: float, user: str) -> Sample:
    return sample(started, started + 0.2, Outcome.REFUSED, user)


def test_who_was_logged_out_is_turned_away_once():
    rest = (turned_away(20, "bob"), turned_away(20.1, "bob"), turned_away(21, "cis"), *steady(22))
    line = Timeline((*steady(10), *rest), struck=9.0, over=9.0, back=9.0, logs_out=True)
    assert line.failed_after == (), "bob has two tabs open"
    again = Timeline((*steady(10), *rest, turned_away(40, "bob")), struck=9.0, over=9.0, back=9.0, logs_out=True)
    assert [each.started for each in again.failed_after] == [40]


def test_who_was_not_logged_out_has_no_excuse():
    line = Timeline((*steady(10), turned_away(20, "bob")), struck=9.0, over=9.0, back=9.0)
    assert len(line.failed_after) == 1


def test_throughput_counts_what_ended_in_each_step():
    assert a_second([0.1, 0.2, 2.9, 5.0], 0.0, 3.0) == ((0.0, 2.0), (1.0, 0.0), (2.0, 1.0))
    assert a_second([0.5, 1.5], 0.0, 2.0, step=2.0) == ((0.0, 1.0),)
