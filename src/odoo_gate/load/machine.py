"""How fast the machine itself is just now, and how much of it programs take that are not measured."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterable
from pathlib import Path

from odoo_gate.stack.container import RunningContainer

_TURNS = 150_000
_TIMES = 5
_STAT = Path("/proc/stat")
_IDLE = slice(3, 5)
"""idle and iowait among the numbers of /proc/stat; what a hypervisor steals is no idleness."""


def pace() -> float:
    """Seconds a fixed calculation takes on one core, the median of a few: long when somebody else is at work."""
    return sorted(_timed() for _ in range(_TIMES))[_TIMES // 2]


class Others:
    """From now on: what of the machine neither `containers` nor this process and its children take.

    The engine must run on this machine. Raises StackError.
    """

    def __init__(self, containers: Iterable[RunningContainer]) -> None:
        self._containers = tuple(containers)
        self._began = time.monotonic()
        self._busy, self._own = _busy_seconds(), self._own_seconds()

    def share(self) -> float:
        """0 to 1, of all cores since the beginning. Raises StackError."""
        busy, own = _busy_seconds() - self._busy, self._own_seconds() - self._own
        there = (time.monotonic() - self._began) * (os.cpu_count() or 1)
        return min(1.0, max(0.0, (busy - own) / there)) if there > 0 else 0.0

    def _own_seconds(self) -> float:
        used = sum(container.used()[0] for container in self._containers)
        for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
            usage = resource.getrusage(whose)
            used += usage.ru_utime + usage.ru_stime
        return used


def processor_ticks() -> tuple[int, int]:
    """(idle, all) of all cores since the machine started, in clock ticks."""
    numbers = [int(each) for each in _STAT.read_text("ascii").splitlines()[0].split()[1:9]]
    return sum(numbers[_IDLE]), sum(numbers)


def _busy_seconds() -> float:
    idle, ticks = processor_ticks()
    return (ticks - idle) / os.sysconf("SC_CLK_TCK")


def _timed() -> float:
    started = time.perf_counter()
    total = 0
    for number in range(_TURNS):
        total = (total * 31 + number) % 1_000_003
    return time.perf_counter() - started
