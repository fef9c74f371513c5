"""Files as people save them: a burst of events is one saving."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from odoo_gate.errors import UsageError

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent

_BURST = 0.4
"""Seconds of quiet after which a saving is over: editors write a file in several steps, git many files."""

_CHANGES = frozenset({"created", "modified", "moved", "deleted"})


class SavedFiles:
    """The files saved below some folders, from `with` to the end of it."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = [folder for folder in folders if folder.is_dir()]
        self._events: queue.Queue[Path] = queue.Queue()

    def wait(self) -> list[Path]:
        """The files of the next saving; waits for it."""
        saved = {self._next(None)}
        while True:
            try:
                saved.add(self._next(_BURST))
            except queue.Empty:
                return sorted(path for path in saved if path is not None)

    def any_within(self, seconds: float) -> bool:
        """Whether something is saved, waiting at most so long."""
        deadline = time.monotonic() + seconds
        while self._events.empty():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def again(self, paths: Sequence[Path]) -> None:
        """Have the next saving hold these too."""
        for path in paths:
            self._events.put(path)

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by watchdog, in a thread of its own."""
        if event.is_directory or event.event_type not in _CHANGES:
            return
        for name in (event.src_path, event.dest_path):
            path = Path(str(name))
            if name and not path.name.startswith(".") and "__pycache__" not in path.parts:
                self._events.put(path)

    def _next(self, timeout: float | None) -> Path | None:
        """The next event. Asked in short steps, so that Ctrl-C is heard."""
        if timeout is not None:
            return self._events.get(timeout=timeout)
        while True:
            try:
                return self._events.get(timeout=1.0)
            except queue.Empty:
                continue

    def __enter__(self) -> Self:
        try:
            from watchdog.observers import Observer
        except ImportError as error:
            raise UsageError(
                "watching files needs watchdog, which is not installed", hint='pip install "odoo-gate[watch]"'
            ) from error
        self._observer = Observer()
        for folder in self._folders:
            self._observer.schedule(self, str(folder), recursive=True)  # type: ignore[arg-type]
        self._observer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.stop()
        self._observer.join()
