"""How fast the machine itself is just now, and how much of it programs take that are not measured."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Use:
    """Of some time: `cpu`, seconds of processor that the stack took; `foreign`, the share of all that others took."""

    cpu: float
    foreign: float


class Meter:
    """From now on: what `containers` take of the machine, and what is taken by neither them nor this process.

    The engine must run on this machine. Raises StackError.
    """

    def __init__(self, containers: Iterable[RunningContainer]) -> None:
        self._containers = tuple(containers)
        self._began = time.monotonic()
        self._busy, self._stack, self._own = _busy_seconds(), self._stack_seconds(), time.process_time()

    def read(self, generator_cpu: float) -> Use:
        """Since the beginning; `generator_cpu` is the cores that who made the load took (0.1: a tenth of one).

        Raises StackError.
        """
        passed = time.monotonic() - self._began
        stack = self._stack_seconds() - self._stack
        ours = stack + time.process_time() - self._own + generator_cpu * passed
        foreign = (_busy_seconds() - self._busy - ours) / (passed * (os.cpu_count() or 1)) if passed > 0 else 0.0
        return Use(stack, min(1.0, max(0.0, foreign)))

    def _stack_seconds(self) -> float:
        return sum(container.cpu_seconds() for container in self._containers)


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
