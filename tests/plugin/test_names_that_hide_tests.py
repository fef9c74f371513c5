"""A name in the tree hides no test of the release: it is collected all the same, or the run is not complete.

The sessions are those of `odoo-gate run`. What stands for Odoo, in the project's conftest.py, lists every test file of
the addons with one test in both lanes; payroll's fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from odoo_gate.cli.phases import phases_of, run_phases
from odoo_gate.evidence import read_evidence
from odoo_gate.model import CheckResult, Outcome
from odoo_gate.settings import load_settings

STAND_IN = """
from types import SimpleNamespace

from odoo_gate.model import Outcome
from odoo_gate.odoo.agent_client import ListedTest, Listing, TestResult
from odoo_gate.stack.addons_source import AddonsSource
from pytest_odoo_gate import odoo_catalogue, odoo_tests
from pytest_odoo_gate.session import GateSession


def list_release(release, tags):
    files = {
        f"{inside}/{path.relative_to(outside)}": path
        for inside, outside in zip(release.addons.own_paths, release.addons.folders, strict=True)
        for path in outside.glob("*/tests/*.py")
        if path.name.startswith(("common", "test_"))
    }
    tests = [
        ListedTest(f"/{path.parts[-3]}:T.test_it", path.parts[-3], lane, 1, file, 1, "T", "test_it", "", (), False)
        for file, path in files.items()
        for lane in ("at_install", "post_install")
    ]
    return Listing(tuple(tests), tuple(files), ())


class Sessions:
    def run(self, test):
        bad = test.module == "payroll"
        outcome, said = (Outcome.FAILED, "wages are wrong") if bad else (Outcome.PASSED, "")
        return TestResult(outcome, said, "", 0.1, 1, (), (), ())

    def end_class(self, desk):
        return None


def testbed(gate):
    folders = gate.settings.addons_roots
    release = SimpleNamespace(graph=gate.checkout, addons=AddonsSource(gate.settings.root, folders))
    return SimpleNamespace(candidate=release, address="nowhere")


odoo_catalogue.list_release = list_release
odoo_tests.sessions_of = lambda session, gate: Sessions()
GateSession.testbed = property(testbed)
"""
HIDING_HOOK = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_ignore_collect(collection_path):
    return collection_path.name == "test_it.py" or None
"""
DROPPING_HOOK = """
def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if "payroll" not in item.nodeid]
"""
LOST_LISTING = """
def lost(*_):
    from odoo_gate.errors import AgentError
    raise AgentError("the container is gone", hint="look at the disk")

odoo_catalogue.list_release = lost
"""
BOTH_LANES = [("tests.at-install", Outcome.FAILED), ("tests.post-install", Outcome.FAILED)]


def yard(root: Path, *, vendor: str = "vendor/oca", **files: str) -> Path:
    """A project with two addons paths, and `files` by their path with `__` for `/`."""
    (root / "gate.toml").write_text(
        f'[project]\nname = "yard"\nseries = "19.0"\n[addons]\npaths = ["addons", "{vendor}"]\n'
    )
    for folder, name in (("addons", "diary"), (vendor, "payroll")):
        addon = root / folder / name
        (addon / "tests").mkdir(parents=True)
        (addon / "__manifest__.py").write_text("{'name': 'x', 'version': '19.0.1.0.0', 'depends': ['base']}")
        (addon / "__init__.py").touch()
        (addon / "tests" / "__init__.py").write_text("from . import test_it\n")
        (addon / "tests" / "test_it.py").write_text("import odoo  # which the host has not\n")
    (root / "conftest.py").write_text(STAND_IN)
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path = path.with_name(path.name.replace("_dot_", "."))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(text)
    return root


def gate(root: Path, workers: str = "0") -> tuple[CheckResult, ...]:
    run_phases(phases_of("tests", ()), load_settings(root, {}), root / "run", workers)
    return read_evidence([root / "run" / "evidence.jsonl"])


@pytest.fixture(autouse=True)
def _run_folder(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()


def of_payroll(results: tuple[CheckResult, ...]) -> list[tuple[str, Outcome]]:
    return sorted((each.check, each.outcome) for each in results if each.target.startswith("/payroll"))


def complete(results: tuple[CheckResult, ...]) -> CheckResult:
    (found,) = [each for each in results if each.check == "run.complete"]
    return found


def pytest_of_a_person(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(command, cwd=root, env=kept, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_without_such_names_all_tests_run_and_the_run_is_complete(tmp_path: Path, workers: str) -> None:
    results = gate(yard(tmp_path), workers)
    assert of_payroll(results) == BOTH_LANES
    assert complete(results).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "files",
    [
        {"vendor__oca__pyvenv_dot_cfg": ""},
        {"vendor__pyvenv_dot_cfg": ""},
        {"vendor__conda-meta__history": ""},
        {"pytest_dot_ini": "[pytest]\nnorecursedirs = vendor payroll tests\n"},
        {"conftest_dot_py": "collect_ignore = ['vendor']\n"},
        {"vendor__oca__conftest_dot_py": "collect_ignore_glob = ['*']\n"},
    ],
    ids=lambda files: next(iter(files)).replace("__", "/").replace("_dot_", "."),
)
def test_a_name_that_pytest_passes_by_hides_nothing(tmp_path: Path, files: dict[str, str]) -> None:
    results = gate(yard(tmp_path, **files))
    assert of_payroll(results) == BOTH_LANES
    assert complete(results).outcome is Outcome.PASSED


@pytest.mark.parametrize("vendor", ["build", ".hidden/oca", "addons/oca"])
def test_an_addons_path_may_have_any_name(tmp_path: Path, vendor: str) -> None:
    results = gate(yard(tmp_path, vendor=vendor))
    assert of_payroll(results) == BOTH_LANES
    assert complete(results).outcome is Outcome.PASSED


def test_beside_the_way_a_virtual_environment_stays_unseen(tmp_path: Path) -> None:
    foreign = {"venv__pyvenv_dot_cfg": "", "venv__lib__test_foreign_dot_py": "import nothing_of_the_kind\n"}
    results = gate(
        yard(tmp_path, vendor="venv/lib/oca", **foreign, venv__lib__oca__test_beside_dot_py="import nothing\n")
    )
    assert of_payroll(results) == BOTH_LANES
    assert complete(results).outcome is Outcome.PASSED


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize(
    "files", [{"vendor__conftest_dot_py": HIDING_HOOK}, {"conftest_dot_py": DROPPING_HOOK}], ids=["hiding", "dropping"]
)
def test_what_hides_tests_nevertheless_is_told(tmp_path: Path, files: dict[str, str], workers: str) -> None:
    results = gate(yard(tmp_path, **files), workers)
    assert of_payroll(results) == []
    assert complete(results).outcome is Outcome.ERRORED
    (told,) = complete(results).findings
    assert told.rule == "never-collected"
    assert told.message.startswith("2 tests of payroll that Odoo lists were never collected, the first is vendor/oca/")
    assert "conftest.py" in told.remedy


def test_a_listed_file_of_another_name_is_told(tmp_path: Path) -> None:
    """`from . import common as test_common`: Odoo runs it, and pytest would not know it for a test."""
    found = complete(gate(yard(tmp_path, addons__diary__tests__common_dot_py="")))
    (told,) = found.findings
    assert (told.rule, "diary/tests/common.py" in told.message) == ("never-collected", True)
    assert "test_*.py" in told.remedy


def test_a_listing_that_cannot_be_had_proves_nothing(tmp_path: Path) -> None:
    hooks = {"vendor__conftest_dot_py": HIDING_HOOK, "addons__conftest_dot_py": HIDING_HOOK}
    found = complete(gate(yard(tmp_path, **hooks, conftest_dot_py=LOST_LISTING)))
    assert [(each.rule, each.remedy) for each in found.findings] == [("not-compared", "look at the disk")]


def test_what_is_deselected_is_told_once(tmp_path: Path) -> None:
    asked = ("--odoo-gate-run", "run", "--odoo-gate-families", "tests", "-k", "diary")
    pytest_of_a_person(yard(tmp_path), *asked)
    found = complete(read_evidence([tmp_path / "run" / "evidence.jsonl"]))
    assert [each.rule for each in found.findings] == ["deselected"]


@pytest.mark.parametrize(
    "selection", [("addons",), ("--odoo-gate-families", "modules_static")], ids=["a folder", "another family"]
)
def test_who_does_not_ask_for_all_tests_is_not_told(tmp_path: Path, selection: tuple[str, ...]) -> None:
    pytest_of_a_person(yard(tmp_path), "--odoo-gate-run", "run", *selection)
    assert complete(read_evidence([tmp_path / "run" / "evidence.jsonl"])).outcome is Outcome.PASSED


@pytest.mark.parametrize("option", ["--ignore=vendor", "--ignore-glob=*/oca"])
def test_a_person_may_leave_an_addons_path_out(tmp_path: Path, option: str) -> None:
    listed = pytest_of_a_person(yard(tmp_path), "--collect-only", "-q", ".", option).stdout
    assert "diary" in listed
    assert "payroll" not in listed


def test_a_project_reached_through_a_link_is_complete(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    yard(tmp_path / "real")
    (tmp_path / "real" / "run").mkdir()
    results = gate(tmp_path / "link")
    assert of_payroll(results) == BOTH_LANES
    assert complete(results).outcome is Outcome.PASSED
