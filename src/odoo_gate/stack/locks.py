"""File locks that the kernel releases when their holder dies: the base of every 'is it still in use?'."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Self


class FileLock:
    """A flock(2) on one file, shared or exclusive, for as long as the object is held.

    Two FileLock objects conflict even inside one process, and a lock never outlives its process, not even
    after SIGKILL. The file itself stays.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def exclusive(self) -> None:
        """Wait until nobody else holds the lock, then hold it alone."""
        self._acquire(fcntl.LOCK_EX)

    def shared(self) -> None:
        """Wait until nobody holds it alone, then hold it together with others."""
        self._acquire(fcntl.LOCK_SH)

    def try_exclusive(self) -> bool:
        """Hold it alone if nobody else holds it in any way; say whether that worked."""
        try:
            self._acquire(fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    @property
    def held(self) -> bool:
        return self._file is not None

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _acquire(self, operation: int) -> None:
        if self._file is not None:
            raise RuntimeError(f"{self.path} is already locked by this object")
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        while self._file is None:
            file = self.path.open("ab")
            try:
                fcntl.flock(file, operation)
                if self._is_still_the_file(file):
                    self._file = file
            finally:
                if self._file is None:
                    file.close()

    def _is_still_the_file(self, file: IO[bytes]) -> bool:
        """False when somebody removed the file between our opening and our locking it."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), self.path.stat())
        except FileNotFoundError:
            return False

    def __enter__(self) -> Self:
        self.exclusive()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
