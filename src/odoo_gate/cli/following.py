"""Follows a program that works for long: shows its lines, keeps them, and waits for its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from odoo_gate.cli.child import Child
from odoo_gate.cli.progress import Show

_TICK = 0.25
_LAST_WORDS = 5.0
"""Seconds that what a program printed may still be on its way once it has ended."""


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


def follow(child: Child, log: Path, show: Show, count: Callable[[], int]) -> int:
    """Show what the program prints, keep it in `log`, and return its exit status.

    `count` says how many results are there. It must have been started `piped`. One that is interrupted is followed to
    its end too.
    """
    if child.process.stdout is None:
        raise ValueError("the program's stdout is not a pipe")
    log.parent.mkdir(parents=True, exist_ok=True)
    reader = threading.Thread(target=_read, args=(child.process.stdout, log, show), daemon=True)
    reader.start()
    while (status := child.wait(_TICK)) is None:
        show.tick(count())
    reader.join(_LAST_WORDS)
    return status


def _read(stream: IO[bytes], log: Path, show: Show) -> None:
    """To the end, also when nobody sees it any more: a program that nobody reads blocks, in its clean-up too."""
    seen = True
    with log.open("ab") as kept:
        for line in stream:
            kept.write(line)
            kept.flush()
            seen = seen and _shown(show, line.decode("utf-8", "replace").rstrip("\r\n"))


def _shown(show: Show, line: str) -> bool:
    """False when the terminal was closed, or the reader of a pipe has left; the log has every line."""
    try:
        show.line(line)
    except OSError:
        return False
    return True
