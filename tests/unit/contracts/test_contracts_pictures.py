"""The picture of waiting times shows every repetition's bounds, both releases side by side."""

from __future__ import annotations

from typing import Any

from odoo_gate.contracts import Answer, latency_picture
from odoo_gate.picture import MAX_LINES


def answer(**times: tuple[float, ...]) -> Answer:
    contract: Any = None
    return Answer(contract, times=times)


def test_both_releases_stand_beside_each_other_slowest_first():
    picture = latency_picture([answer(read=(30, 10, 20), write=(90, 80, 100))], [answer(read=(9, 8, 7))])
    assert picture is not None
    assert [(line.name, line.points[0]) for line in picture.lines] == [
        ("write, candidate", (90, 80, 100)),
        ("read, baseline", (8, 7, 9)),
        ("read, candidate", (20, 10, 30)),
    ]
    assert "write is the slowest of 2 calls: 90 ms" in picture.text
    assert "up to 3 repetitions" in picture.text


def test_nothing_measured_is_no_picture():
    assert latency_picture([answer()], None) is None


def test_many_calls_still_fit():
    many = answer(**{f"call{n}": (float(n),) for n in range(50)})
    picture = latency_picture([many], [many])
    assert picture is not None
    assert len(picture.lines) == MAX_LINES
    assert "of 50 calls" in picture.text
