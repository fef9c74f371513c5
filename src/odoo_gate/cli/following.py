"""Follows a program that works for long: shows its lines, keeps them, and waits for its end."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from odoo_gate.cli.progress import Show

_TICK = 0.25
_LAST_WORDS = 5.0
"""Seconds that what a program printed may still be on its way once it has ended."""


class Interrupted(Exception):
    """A person interrupted, and the program has ended since."""


class LineCount:
    """How many lines a growing file has; reads only what is new since it was last asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = self._lines = 0

    def __call__(self) -> int:
        with self._path.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        self._read += len(new)
        self._lines += new.count(b"\n")
        return self._lines


def follow(process: subprocess.Popen[bytes], log: Path, show: Show, count: Callable[[], int]) -> int:
    """Show what `process` prints, keep it in `log`, and return its exit status.

    `count` says how many results are there. Its stdout must be a pipe. Raises Interrupted when a person interrupts:
    the terminal has sent Ctrl-C to the program too, which ends by itself and is waited for.
    """
    if process.stdout is None:
        raise ValueError("the program's stdout is not a pipe")
    log.parent.mkdir(parents=True, exist_ok=True)
    reader = threading.Thread(target=_read, args=(process.stdout, log, show), daemon=True)
    reader.start()
    interrupted = False
    while True:
        try:
            status = _wait(process)
            if status is not None:
                break
            show.tick(count())
        except KeyboardInterrupt:
            interrupted = True
    with suppress(KeyboardInterrupt):
        reader.join(_LAST_WORDS)
    if interrupted:
        raise Interrupted
    return status


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    """Its exit status, or None when it goes on after a moment."""
    try:
        return process.wait(_TICK)
    except subprocess.TimeoutExpired:
        return None


def _read(stream: IO[bytes], log: Path, show: Show) -> None:
    with log.open("ab") as kept:
        for line in stream:
            kept.write(line)
            kept.flush()
            show.line(line.decode("utf-8", "replace").rstrip("\r\n"))
