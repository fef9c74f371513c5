"""How fast the machine itself is just now: a fixed calculation, timed."""

from __future__ import annotations

import time

_TURNS = 150_000
_TIMES = 5


def pace() -> float:
    """Seconds a fixed calculation takes on one core, the median of a few: long when somebody else is at work."""
    return sorted(_timed() for _ in range(_TIMES))[_TIMES // 2]


def _timed() -> float:
    started = time.perf_counter()
    total = 0
    for number in range(_TURNS):
        total = (total * 31 + number) % 1_000_003
    return time.perf_counter() - started
