"""The pictures of an upgrade say what the judged figures say."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from odoo_gate.migration import downtime_picture, lock_picture
from odoo_gate.migration.locks import Hold, LockReport
from odoo_gate.migration.probe import ProbeReport
from odoo_gate.picture import MAX_LINES, Shape
from odoo_gate.settings import MigrationSettings

SETTINGS = MigrationSettings(max_lock_seconds=3, max_downtime_seconds=60)


def rehearsal(*holds: Hold, restart: float | str = 9.0) -> Any:
    report = LockReport(602, 20.5, tuple(sorted(holds, key=lambda each: -each.seconds)), (), 0, 0, 0)
    probe = ProbeReport(66, 11.3, 18.0, {"502": 33})
    upgraded = SimpleNamespace(end=SimpleNamespace(seconds=20.1))
    return SimpleNamespace(locks=report, probe=probe, upgraded=upgraded, restart=restart)


def test_locks_stand_in_order_of_time_and_the_longest_is_named():
    picture = lock_picture(rehearsal(Hold("late", 1.5, 9.0), Hold("early", 0.5, 2.0)), SETTINGS)
    assert picture is not None
    assert picture.shape is Shape.SPANS
    assert [(line.name, line.points) for line in picture.lines] == [("early", ((2.0, 2.5),)), ("late", ((9.0, 10.5),))]
    assert "late for 1.50 s; 3 s are allowed" in picture.text
    assert "602 samples" in picture.text


def test_no_lock_is_no_picture():
    assert lock_picture(rehearsal(), SETTINGS) is None


def test_of_many_tables_the_longest_held_are_shown_and_the_rest_counted():
    picture = lock_picture(rehearsal(*(Hold(f"t{n}", 1.0 + n, n) for n in range(40))), SETTINGS)
    assert picture is not None
    assert {line.name for line in picture.lines} == {f"t{n}" for n in range(40 - MAX_LINES, 40)}
    assert f"{MAX_LINES} of 40 tables" in picture.text


def test_downtime_is_shown_beside_upgrade_and_start():
    picture = downtime_picture(rehearsal(restart=9.0), SETTINGS)
    spans = {line.name: line.points[0] for line in picture.lines}
    assert spans["nobody could work"] == (18.0, 29.3)
    assert spans["the candidate started"] == (20.1, 29.1)
    assert "66 times and failed 33 times" in picture.text


def test_a_candidate_that_never_answered_has_no_start():
    assert "the candidate started" not in {
        line.name for line in downtime_picture(rehearsal(restart="502"), SETTINGS).lines
    }
