"""CPU of this machine, and CPU and memory of Odoo's container, look after look."""

from __future__ import annotations

import os
import time

from odoo_gate.load.diagnosis.model import Machine
from odoo_gate.load.machine import processor_ticks
from odoo_gate.stack.container import RunningContainer


class MachineWatch:
    """Looks at the machine that runs everything, and at one container. Raises StackError."""

    def __init__(self, container: RunningContainer) -> None:
        self._container = container
        self._begun = time.monotonic()
        self._first = self._last = processor_ticks()
        self._peak = 0.0
        self._cpu_begin, memory = self._container.used()
        self._memory = [memory]
        self._cpu_end = self._cpu_begin

    def look(self) -> None:
        """Keep this moment; a second or more after the one before."""
        now = processor_ticks()
        self._peak = max(self._peak, _share(self._last, now))
        self._last = now
        self._cpu_end, memory = self._container.used()
        self._memory.append(memory)

    @property
    def machine(self) -> Machine:
        cores = os.cpu_count() or 1
        seconds = max(time.monotonic() - self._begun, 1e-3)
        return Machine(
            cores=cores,
            cpu=_share(self._first, self._last),
            cpu_peak=self._peak,
            odoo_cpu=min(1.0, (self._cpu_end - self._cpu_begin) / seconds / cores),
            memory_begin=self._memory[0],
            memory_end=self._memory[-1],
            memory_peak=max(self._memory),
        )


def _share(before: tuple[int, int], after: tuple[int, int]) -> float:
    passed = after[1] - before[1]
    return 0.0 if passed <= 0 else 1.0 - (after[0] - before[0]) / passed
