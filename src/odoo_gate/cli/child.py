"""A program that this one starts, tells to end when it is told itself, and ends by force when that does not help."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from odoo_gate.stack.interrupts import not_ignored, signals_to

PATIENCE = 300.0
"""Seconds that a program which was told to end may take to remove what it started."""

_LOOK_EVERY = 1.0


class Child:
    """A program that runs. `interrupted`: this process was told to end meanwhile, and has told the program."""

    def __init__(self, patience: float) -> None:
        self.interrupted = False
        self._patience = patience
        self._deadline: float | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the program has not started yet")
        return self._process

    def wait(self, seconds: float) -> int | None:
        """Its exit status, or None when it goes on after so many seconds. Kills it when its patience is over."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            if self._deadline is not None and time.monotonic() > self._deadline:
                self._kill()
            return None

    def end(self) -> None:
        """Tell it to end, and to remove what it started; each call is one more interrupt to it."""
        if self._deadline is None:
            self._deadline = time.monotonic() + self._patience
        if self._process is not None:
            self._process.terminate()

    def started(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        if self._deadline is not None:  # somebody interrupted while it was starting
            self.end()

    def interrupt(self, _: int, __: FrameType | None) -> None:
        """The handler of this process's signals: nothing is raised here, where it could be lost."""
        self.interrupted = True
        self.end()

    def _kill(self) -> None:
        """With all it started: workers and drivers of load would go on."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


@contextmanager
def running(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    piped: bool = False,
    patience: float = PATIENCE,
) -> Iterator[Child]:
    """`command`, from its start to its end: whoever leaves the block before that ends it, and waits.

    It is always told by SIGTERM: a shell has what it starts with `&` ignore SIGINT, `nohup` SIGHUP, and programs
    started from there ignore them too. Its session is its own, so that it is told once, whether the terminal, a CI
    server or `timeout` tells a process or its whole group. Inside the block nothing is raised for a signal.
    `piped`: what it prints, stderr too, comes through `process.stdout`.
    """
    child = Child(patience)
    with (
        signals_to(child.interrupt, not_ignored(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)),
        subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if piped else None,
            stderr=subprocess.STDOUT if piped else None,
            start_new_session=True,
        ) as process,
    ):
        child.started(process)
        try:
            yield child
        finally:
            if process.poll() is None:
                child.end()
            while child.wait(_LOOK_EVERY) is None:
                pass
