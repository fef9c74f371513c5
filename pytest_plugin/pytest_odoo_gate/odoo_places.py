"""Where a file of the Odoo container lies on this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

_FILE_IN_TRACEBACK = re.compile(r'(?P<before>File ")(?P<path>/[^"]+)(?P<after>")')


class Places:
    """Pairs of a folder in the container and its folder here; the longest that fits wins."""

    def __init__(self, folders: Mapping[str, Path], root: Path) -> None:
        self._folders = sorted(folders.items(), key=lambda pair: -len(pair[0]))
        self._root = root

    def host_path(self, container_path: str) -> Path | None:
        """None for a file that only the container has."""
        path = PurePosixPath(container_path)
        for inside, outside in self._folders:
            if path.is_relative_to(inside):
                return outside / path.relative_to(inside)
        return None

    def shown(self, container_path: str) -> str:
        """As a person here wants to read it: relative to the project, or as it is in the container."""
        found = self.host_path(container_path)
        return container_path if found is None else self.shown_host(found)

    def shown_host(self, path: Path) -> str:
        """A path of this machine relative to the project."""
        return os.path.relpath(path, self._root)

    def translate(self, traceback: str) -> str:
        """A traceback whose files can be opened here."""
        return _FILE_IN_TRACEBACK.sub(
            lambda match: match["before"] + self.shown(match["path"]) + match["after"], traceback
        )

    def last_line_in(self, traceback: str, file: Path) -> int | None:
        """The line of `file` nearest to the error, None when the traceback does not pass through it."""
        lines = re.findall(r'File "(/[^"]+)", line (\d+)', traceback)
        return next((int(line) for path, line in reversed(lines) if self.host_path(path) == file), None)
