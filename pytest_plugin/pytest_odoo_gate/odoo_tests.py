"""The addons' own tests as pytest items, run by Odoo's suite in a container."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from _pytest._code.code import TerminalRepr

from odoo_gate.errors import GateError
from odoo_gate.model import Finding, Outcome, Place
from pytest_odoo_gate.checks import GateRecord
from pytest_odoo_gate.odoo_catalogue import IMAGE_TESTS, Catalogue, Trouble, catalogue_of, copy_image_tests
from pytest_odoo_gate.odoo_coverage import report
from pytest_odoo_gate.odoo_failures import (
    OdooTestFailed,
    OdooTestsUnusable,
    is_failure,
    log_excerpt,
    represent,
    tear_down_message,
)
from pytest_odoo_gate.odoo_sessions import desk_of, sessions_of
from pytest_odoo_gate.recorder import CHECK_PROPERTY, TARGET_PROPERTY, record_key
from pytest_odoo_gate.session import GateSession

if TYPE_CHECKING:
    from odoo_gate.odoo.agent_client import ListedTest, TestResult

LANE_CHECKS = {"at_install": "tests.at-install", "post_install": "tests.post-install"}
LISTING_CHECK = "tests.listing"

_TEST_FOLDERS = ("tests", "migrations", "upgrades")
"""Folders of an addon in which Odoo's loader looks for tests."""


# -------------------------------------------------------------------------------- what the plugin calls


def extra_arguments(gate: GateSession) -> list[str]:
    """Paths to collect beside what pytest was told: the tests of judged modules that only the image has."""
    folder = copy_image_tests(gate)
    return [] if folder is None else [str(folder)]


def ignores(path: Path, gate: GateSession) -> bool | None:
    """True for everything inside an addon but its test files: the host cannot import the rest.

    False overrides pytest's own rule against hidden folders, under which the copied tests lie.
    """
    copies = gate.settings.root / IMAGE_TESTS
    if copies == path or path in copies.parents[:1]:
        return not copies.is_dir()
    if path.is_relative_to(copies.parent) and not path.is_relative_to(copies):
        return True
    home = _Home.of(path, gate)
    if home is None:
        return None
    return True if home.module not in gate.checkout.selected and not home.of_image else home.hides(path)


def collect_directory(path: Path, parent: pytest.Collector, gate: GateSession) -> pytest.Collector | None:
    """A plain directory for a folder of an addon, which pytest would take for a package to import."""
    return pytest.Dir.from_parent(parent, path=path) if _Home.of(path, gate) else None


def collect_test_file(path: Path, parent: pytest.Collector, gate: GateSession) -> pytest.Collector | None:
    """The tests Odoo finds in `path`; None for a file that belongs to no addon."""
    home = _Home.of(path, gate)
    if home is None or home.hides(path):
        return None
    return OdooTestFile.from_parent(parent, path=path, gate=gate, module=home.module)


def coverage_lines(gate: GateSession) -> list[str]:
    """What to print of the addons' coverage at the end of a session; none when gate.toml does not ask for it."""
    if gate.is_worker or not gate.settings.tests.coverage:
        return []
    return report(gate.run_folder, catalogue_of(gate).places, gate.settings.root)


def never_collected(nodeids: Collection[str], gate: GateSession) -> Iterator[Finding]:
    """The tests that Odoo lists and `nodeids` lack, a finding for each module. Raises GateError.

    What pytest collects hangs on names in the tree and on every conftest.py; what Odoo lists does not.
    """
    missing: dict[str, list[tuple[str, Path]]] = {}
    for path, tests in catalogue_of(gate).tests.items():
        file = _file_in_nodeid(path, gate)
        post_install = _post_install(tests)
        for test in tests:
            nodeid = f"{file}::{test.cls}::{_item_name(test, post_install)}"
            if nodeid not in nodeids:
                missing.setdefault(test.module, []).append((nodeid, path))
    for module, lost in sorted(missing.items()):
        nodeid, path = lost[0]
        home = _Home.of(path, gate)
        yield Finding(
            "never-collected",
            f"{len(lost)} tests of {module} that Odoo lists were never collected, the first is {nodeid}",
            place=Place(nodeid),
            remedy="give the file a name `tests/**/test_*.py` in its addon, and import it by that name"
            if home is None or home.hides(path)
            else "look for what hides them: a conftest.py that ignores or takes out tests, norecursedirs in pytest's "
            "configuration, a pyvenv.cfg or conda-meta above them",
        )


class _Home:
    """The addon a path belongs to."""

    def __init__(self, folder: Path, *, of_image: bool) -> None:
        self.folder = folder
        self.module = folder.name
        self.of_image = of_image

    @classmethod
    def of(cls, path: Path, gate: GateSession) -> _Home | None:
        copies = gate.settings.root / IMAGE_TESTS
        if path != copies and path.is_relative_to(copies):
            return cls(copies / path.relative_to(copies).parts[0], of_image=True)
        for name in _names_below(path, gate.settings.addons_roots):
            folder = gate.checkout.folders.get(name)
            if folder is not None and path.is_relative_to(folder):
                return cls(folder, of_image=False)
        return None

    def hides(self, path: Path) -> bool:
        """Whether a path of this addon can neither be nor hold a test file."""
        parts = path.relative_to(self.folder).parts
        if not parts:
            return False
        if parts[0] not in _TEST_FOLDERS or (parts[0] != "tests" and len(parts) > 1 and parts[1] != "tests"):
            return True
        if path.is_dir():
            return path.name == "__pycache__"
        return "tests" not in parts[:-1] or not (path.name.startswith("test_") and path.suffix == ".py")


def _names_below(path: Path, roots: Iterable[Path]) -> Iterator[str]:
    """What the addon of `path` may be called: one addons path may lie in another."""
    for root in roots:
        if path != root and path.is_relative_to(root):
            yield path.relative_to(root).parts[0]


def _file_in_nodeid(path: Path, gate: GateSession) -> str:
    """As pytest writes it: from its own root, or from what it was told to collect when that lies elsewhere."""
    roots = (gate.config.rootpath, gate.settings.root)
    return next((path.relative_to(root).as_posix() for root in roots if path.is_relative_to(root)), str(path))


def _post_install(tests: Iterable[ListedTest]) -> Collection[str]:
    return {test.id for test in tests if test.lane == "post_install"}


def _item_name(test: ListedTest, post_install: Collection[str]) -> str:
    """A test's name as an item; who runs in both lanes has one for each."""
    both = test.lane == "at_install" and test.id in post_install
    return f"{test.method}[at_install]" if both else test.method


# ------------------------------------------------------------------------------------------------ nodes


class OdooTestFile(pytest.File):
    """A test file of an addon. Holds one failing item when its tests cannot run at all."""

    def __init__(self, *, gate: GateSession, module: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.gate = gate
        self.module = module

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        catalogue = _collected(self.gate)
        trouble = catalogue.trouble(self.path, self.module)
        if trouble is not None:
            return [UnusableItem.from_parent(self, name="cannot-run", trouble=trouble)]
        tests: dict[tuple[str, str], list[ListedTest]] = {}
        for test in catalogue.tests.get(self.path, ()):
            tests.setdefault((test.lane, test.cls), []).append(test)
        return [OdooTestClass.from_parent(self, name=cls, tests=found) for (_, cls), found in tests.items()]


class OdooTestClass(pytest.Collector):
    """A test class in one lane. Odoo tears it down when pytest does."""

    parent: OdooTestFile

    def __init__(self, *, tests: list[ListedTest], **arguments: Any) -> None:
        super().__init__(**arguments)
        self.tests = tests
        self.gate = self.parent.gate
        self.started = False

    def collect(self) -> Iterable[pytest.Item]:
        everything = _collected(self.gate).tests.get(self.path, ())
        post_install = _post_install(everything)
        for test in self.tests:
            yield OdooTestItem.from_parent(self, name=_item_name(test, post_install), test=test)

    def teardown(self) -> None:
        """End the class; an error of the last test when that raises or logs an error."""
        if not self.started:
            return
        self.started = False
        desk = desk_of(self.tests[0])
        result = sessions_of(self.session, self.gate).end_class(desk)
        if result is not None and result.outcome is not Outcome.PASSED:
            failed = OdooTestFailed(result, ())
            pytest.fail(tear_down_message(failed, self.name, _collected(self.gate).places), pytrace=False)


class OdooTestItem(pytest.Item):
    """One test method, run once."""

    parent: OdooTestClass

    def __init__(self, *, test: ListedTest, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.test = test
        self.gate = self.parent.gate
        self.user_properties += [(CHECK_PROPERTY, LANE_CHECKS[test.lane]), (TARGET_PROPERTY, test.id)]
        self.extra_keyword_matches.update({test.lane, test.module, *test.tags})

    def runtest(self) -> None:
        sessions = sessions_of(self.session, self.gate)
        self.parent.started = True
        result = sessions.run(self.test)
        record = self.stash.setdefault(record_key, GateRecord(self.gate.run_folder))
        record.metric("queries", result.queries, "queries")
        excerpt = log_excerpt(result.log)
        if excerpt:
            self.add_report_section("call", "odoo log", excerpt)
        if result.outcome is Outcome.SKIPPED:
            raise pytest.skip.Exception(result.reason, _use_item_location=True)
        if result.outcome is not Outcome.PASSED:
            raise OdooTestFailed(result, self._keep_screenshots(result, record))

    def is_failure(self, error: BaseException) -> bool:
        """For the evidence: whether this exception says `failed` rather than `errored`."""
        return is_failure(error)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.test.line - 1, f"{self.test.cls}.{self.name}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str | TerminalRepr:
        if isinstance(excinfo.value, OdooTestFailed | GateError):
            return represent(excinfo.value, _collected(self.gate).places, self.path, self.test.line)
        return super().repr_failure(excinfo, style)

    def _keep_screenshots(self, result: TestResult, record: GateRecord) -> list[str]:
        folder = self.gate.run_folder / "screenshots" / self.test.module
        kept = []
        for path in result.artifacts:
            folder.mkdir(parents=True, exist_ok=True)
            place = folder / f"{self.test.cls}.{self.name}-{PurePosixPath(path).name}"
            place.write_bytes(sessions_of(self.session, self.gate).fetch(desk_of(self.test), path))
            record.artifact(place)
            kept.append(os.path.relpath(place, self.gate.settings.root))
        return kept


class UnusableItem(pytest.Item):
    """Stands for the tests of a file that cannot run, and fails."""

    parent: OdooTestFile

    def __init__(self, *, trouble: Trouble, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.trouble = trouble
        target = f"{self.parent.module}/{self.path.name}"
        self.user_properties += [(CHECK_PROPERTY, LISTING_CHECK), (TARGET_PROPERTY, target)]

    def runtest(self) -> None:
        raise OdooTestsUnusable(self.trouble)

    def is_failure(self, error: BaseException) -> bool:
        return is_failure(error)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, (self.trouble.line or 1) - 1, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str | TerminalRepr:
        if isinstance(excinfo.value, OdooTestsUnusable):
            places = _collected(self.parent.gate).places
            return represent(excinfo.value, places, self.path, self.trouble.line or 1)
        return super().repr_failure(excinfo, style)


def _collected(gate: GateSession) -> Catalogue:
    """The catalogue; what keeps it from being made is shown as a message, not as a traceback."""
    try:
        return catalogue_of(gate)
    except GateError as error:
        raise pytest.Collector.CollectError(f"odoo-gate: {error}") from error
