"""The tests of the candidate, by the file a person finds them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from odoo_gate.addons.test_imports import unloaded_test_files
from odoo_gate.errors import GateError
from odoo_gate.odoo.listing import list_release
from pytest_odoo_gate.odoo_places import Places

if TYPE_CHECKING:
    from odoo_gate.odoo.agent_client import ListedTest, Listing, ListingError
    from odoo_gate.odoo.testbed import Release
    from pytest_odoo_gate.session import GateSession

IMAGE_TESTS = Path(".odoo-gate") / "image-addons"
"""Below the project: copies of the test files of judged modules that only the image has."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the tests of a file cannot run at all. `traceback` in container paths, may be empty."""

    reason: str
    traceback: str = ""
    line: int | None = None


class Catalogue:
    """What the agent listed, found by path on this machine."""

    def __init__(self, release: Release, listing: Listing, root: Path) -> None:
        self.release = release
        self.places = _places(release, listing, root)
        self._listing = listing
        self._root = root

    @cached_property
    def tests(self) -> Mapping[Path, Sequence[ListedTest]]:
        """The tests of each test file, in Odoo's order: the at_install lane first."""
        found: dict[Path, list[ListedTest]] = {}
        for test in self._listing.tests:
            found.setdefault(self._path(test.file), []).append(test)
        return found

    @property
    def image_files(self) -> frozenset[str]:
        """Container paths of the files with tests of judged modules that only the image has."""
        own = self.release.graph.folders
        return frozenset(test.file for test in self._listing.tests if test.module not in own)

    def trouble(self, file: Path, module: str) -> Trouble | None:
        """Why nothing of `file`, a test file of `module`, can run; None when Odoo looks at it."""
        if module in self.release.graph.unsound:
            return Trouble(f"{module} cannot be installed: {self.release.graph.unsound[module]}")
        error = self._errors.get(module)
        if error is not None:
            return Trouble(f"{module} cannot be imported: {error.type}: {error.message}", error.traceback, error.line)
        if module in self._shadowed:
            return Trouble(f"Odoo loads {module} from {self._shadowed[module]}, not from the checkout")
        reason = self._unloaded.get(file)
        return Trouble(f"Odoo never runs these tests: {reason}") if reason else None

    @cached_property
    def _errors(self) -> Mapping[str, ListingError]:
        return {error.module: error for error in self._listing.errors}

    @cached_property
    def _shadowed(self) -> Mapping[str, str]:
        """Modules of the checkout that Odoo finds in the image first, with a file it loaded there."""
        own = self.release.graph.folders
        return {
            test.module: test.file
            for test in self._listing.tests
            if test.module in own and self.places.host_path(test.file) is None
        }

    @cached_property
    def _unloaded(self) -> Mapping[Path, str]:
        """Test files that Odoo's loader did not look at although they hold tests."""
        seen = {self._path(file) for file in self._listing.files}
        folders = self.release.graph.folders
        return {
            path: reason
            for module in self.release.graph.own
            if module in folders
            for path, reason in unloaded_test_files(folders[module])
            if path not in seen
        }

    def _path(self, container_path: str) -> Path:
        return self.places.host_path(container_path) or Path(container_path)


def _places(release: Release, listing: Listing, root: Path) -> Places:
    addons = release.addons
    folders = dict(zip(addons.own_paths, addons.folders, strict=True))
    for test in listing.tests:
        if test.module not in release.graph.folders:
            before, inside, _ = test.file.partition(f"/{test.module}/")
            folders[f"{before}{inside}".rstrip("/")] = root / IMAGE_TESTS / test.module
    return Places(folders, root)


catalogue_key = pytest.StashKey[Catalogue | GateError]()


def catalogue_of(gate: GateSession) -> Catalogue:
    """The catalogue of this session, made when first asked for. Raises GateError, every time the same."""
    stash = gate.config.stash
    if catalogue_key not in stash:
        try:
            stash[catalogue_key] = _catalogue(gate)
        except GateError as error:
            stash[catalogue_key] = error
    known = stash[catalogue_key]
    if isinstance(known, GateError):
        raise known
    return known


def _catalogue(gate: GateSession) -> Catalogue:
    release = gate.testbed.candidate
    listing = list_release(release, gate.settings.tests.tags)
    return Catalogue(release, listing, gate.settings.root)


def copy_image_tests(gate: GateSession) -> Path | None:
    """Copy the test files of judged modules that the checkout does not have; None when there are none.

    pytest selects tests by file, and a person wants to read what failed.
    """
    strangers = set(gate.settings.addons.modules) - set(gate.checkout.folders)
    if not strangers:
        return None
    catalogue = catalogue_of(gate)
    folder = gate.settings.root / IMAGE_TESTS
    wanted = {file: place for file in catalogue.image_files if (place := catalogue.places.host_path(file)) is not None}
    contents = catalogue.release.agent.read_files(sorted(wanted))
    for file, content in contents.items():
        _write(wanted[file], content)
    for stale in set(folder.rglob("*.py")) - set(wanted.values()):
        stale.unlink()
    return folder


def _write(path: Path, content: bytes) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
