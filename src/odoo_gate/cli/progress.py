"""What a person sees while a long command works: a moving line, plain lines with the time, or nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from odoo_gate.cli.output import colours

SAID = "odoo-gate: "
"""What begins the gate's own lines among pytest's."""

_ALMOST = 0.98
"""How full a bar gets on the word of earlier runs alone."""


class Manner(StrEnum):
    """How much is shown, and how."""

    LIVE = "live"
    PLAIN = "plain"
    QUIET = "quiet"


def manner_of(*, quiet: bool, plain: bool, as_json: bool) -> Manner:
    """Live for a person at a terminal; plain for CI, files and machines; quiet for whoever asked."""
    if quiet:
        return Manner.QUIET
    watched = sys.stdout.isatty() and colours(plain=plain) and not as_json
    return Manner.LIVE if watched else Manner.PLAIN


def about(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of long work: `number` of `count`, its name, and what it takes by experience, in seconds."""

    name: str
    detail: str
    number: int
    count: int
    expected: float | None

    @property
    def title(self) -> str:
        took = f", about {about(self.expected)} by earlier runs" if self.expected else ""
        return f"phase {self.number} of {self.count}, {self.name}: {self.detail}{took}"


class Show:
    """Shows one phase: its lines as they come, and `tick` a few times a second. This one shows nothing."""

    @contextmanager
    def phase(self, phase: Phase) -> Iterator[None]:  # noqa: ARG002 (for those that show it)
        yield

    def line(self, line: str) -> None:
        """A line of the work's own output, without its end."""

    def tick(self, done: int) -> None:
        """`done` results are there."""


class PlainShow(Show):
    """Every line as it is; the gate's own begin with the time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @contextmanager
    def phase(self, phase: Phase) -> Iterator[None]:
        self.line(SAID + phase.title)
        yield

    def line(self, line: str) -> None:
        stamp = time.strftime("%H:%M:%S ") if line.startswith(SAID) else ""
        self._stream.write(f"{stamp}{line}\n")
        self._stream.flush()


class LiveShow(Show):
    """Every line, and below them one that moves: the phase, what happens now, how long it took and may take."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._task = TaskID(0)
        self._started = 0.0
        self._expected: float | None = None
        self._now = ""
        self._title = ""
        self._done = 0

    @contextmanager
    def phase(self, phase: Phase) -> Iterator[None]:
        self._started, self._expected, self._now = time.monotonic(), phase.expected, "starting"
        self._title, self._done = f"{phase.number}/{phase.count} {phase.name}", 0
        self._console.print(Text(phase.title, style="bold"))
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}", markup=False),
        )
        with Progress(*columns, console=self._console, transient=True) as progress:
            self._progress = progress
            self._task = progress.add_task(self._title, total=phase.expected, left="")
            try:
                yield
            finally:
                self._progress = None

    def line(self, line: str) -> None:
        if line.startswith(SAID):
            self._now = line.removeprefix(SAID)
        self._console.print(Text.from_ansi(line), soft_wrap=True)

    def tick(self, done: int) -> None:
        if self._progress is None:
            return
        if done > self._done:
            self._done, self._now = done, "asking checks"
        elapsed = time.monotonic() - self._started
        room = max(self._console.width - 60, 20)
        counted = f", {done} results" if done else ""
        self._progress.update(
            self._task,
            description=f"{self._title}{counted}: {self._now[:room]}",
            completed=min(elapsed, (self._expected or 0) * _ALMOST),
            left=self._left(elapsed),
        )

    def _left(self, elapsed: float) -> str:
        if self._expected is None:
            return "no earlier run to tell how long"
        left = self._expected - elapsed
        return f"about {about(left)} left" if left > 0 else f"longer than usual ({about(self._expected)})"


def show_for(manner: Manner, *, as_json: bool) -> Show:
    """What shows a command's progress; stdout is left to the JSON where one is asked for."""
    if manner is Manner.QUIET:
        return Show()
    if manner is Manner.LIVE:
        return LiveShow(Console(highlight=False))
    return PlainShow(sys.stderr if as_json else sys.stdout)
