"""The picture of a recovery adds up to the recovery time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from odoo_gate.recovery import Objectives, recovery_picture


def test_the_steps_follow_one_another_and_add_up():
    parts = {"postgres_start": 5.0, "restore": 13.0, "odoo_start": 6.0}
    recovery: Any = SimpleNamespace(parts=parts, rto=24.0)
    picture = recovery_picture(recovery, Objectives(rto=3600, rpo=3600))
    assert [line.points[0] for line in picture.lines] == [(0.0, 5.0), (5.0, 18.0), (18.0, 24.0)]
    assert [line.name for line in picture.lines] == ["PostgreSQL start", "restore", "Odoo start"]
    assert picture.text == "24 s in all, 13 s of them for: restore; 3,600 s are allowed. Rehearsed once."
