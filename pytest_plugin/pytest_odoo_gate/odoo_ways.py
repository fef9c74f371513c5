"""The folders that lead to the addons: no name in the tree, no setting of pytest's hides the tests below."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path


class Ways:
    """Each addons path and the folders above it, up to the project's own.

    pytest passes by a virtual environment, a folder named in `norecursedirs`, what a `conftest.py` ignores. One empty
    `pyvenv.cfg` would do for all tests of an addons path. Where pytest alone would turn back, only the way itself is
    gone: what else lies there stays unseen, as everybody expects of a virtual environment.
    """

    def __init__(self, root: Path, addons_roots: Iterable[Path], ignored_by_pytest: Callable[[Path], bool]) -> None:
        self._ways = {way for addons in addons_roots for way in (addons, *addons.parents) if way.is_relative_to(root)}
        self._ignored_by_pytest = ignored_by_pytest
        self._narrow: set[Path] = set()

    def ignores(self, path: Path) -> bool | None:
        """False on the way, True beside it where pytest would not look, None elsewhere.

        Ask of a folder before what it holds, as pytest does.
        """
        beside = path.parent in self._narrow
        if path not in self._ways:
            return True if beside else None
        if beside or self._ignored_by_pytest(path):
            self._narrow.add(path)
        return False
