"""A small addon with every kind of outcome, run as a person would: `pytest` in its checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from odoo_gate.evidence import read_evidence

FILE = "addons/sample/tests/test_sample.py"
TESTS = '''
    import logging

    from odoo.tests import HttpCase, TransactionCase, tagged


    class TestAlone(TransactionCase):
        def test_pass(self):
            self.assertTrue(self.env.user)

        def test_fail(self):
            self.assertEqual(self.env.user.login, "nobody")

        def test_error(self):
            raise KeyError("absent")

        def test_logs_an_error(self):
            logging.getLogger("odoo.addons.sample").error("something is wrong")

        def test_skip(self):
            self.skipTest("not today")

        def test_subtests(self):
            for number in range(3):
                with self.subTest(number=number):
                    self.assertEqual(number, 1)

        def test_moment(self):
            self.assertFalse(self.registry.ready)


    @tagged("post_install", "-at_install")
    class TestTogether(HttpCase):
        def test_moment(self):
            self.assertTrue(self.registry.ready)

        def test_serves_http(self):
            self.assertEqual(self.url_open("/web/login").status_code, 200)

        def test_base_url(self):
            url = self.env["ir.config_parameter"].get_param("web.base.url")
            self.assertEqual(url, self.base_url())

        def test_browser(self):
            self.browser_js("/web/login", "console.log('test successful')")


    @tagged("post_install", "-at_install")
    class TestBrokenSetUp(TransactionCase):
        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            cls.env["no.such.model"]

        def test_one(self):
            pass

        def test_two(self):
            pass


    @tagged("post_install", "-at_install")
    class TestBrokenTearDown(TransactionCase):
        @classmethod
        def tearDownClass(cls):
            super().tearDownClass()
            raise RuntimeError("cannot close")

        def test_one(self):
            pass


    @tagged("post_install", "at_install")
    class TestInBothLanes(TransactionCase):
        def test_one(self):
            pass


    class Inherited(TestAlone):
        """Odoo runs no inherited test."""
'''
EXPECTED = {
    "TestAlone.test_pass": "passed",
    "TestAlone.test_fail": "failed",
    "TestAlone.test_error": "errored",
    "TestAlone.test_logs_an_error": "failed",
    "TestAlone.test_skip": "skipped",
    "TestAlone.test_subtests": "failed",
    "TestAlone.test_moment": "passed",
    "TestTogether.test_moment": "passed",
    "TestTogether.test_serves_http": "passed",
    "TestTogether.test_base_url": "passed",
    "TestTogether.test_browser": "passed",
    "TestBrokenSetUp.test_one": "errored",
    "TestBrokenSetUp.test_two": "errored",
    "TestBrokenTearDown.test_one": "errored",
}
BOTH = "TestInBothLanes.test_one"

Pytest = Callable[..., subprocess.CompletedProcess[str]]


def write_addon(addons: Path, name: str, files: Mapping[str, str]) -> None:
    content = {
        "__manifest__.py": f"{{'name': '{name}', 'author': 'us', 'version': '19.0.1.0.0', "
        "'depends': ['web'], 'license': 'LGPL-3'}",
        "__init__.py": "",
        **files,
    }
    for path, text in content.items():
        place = addons / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(text).lstrip())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("items")
    (root / "gate.toml").write_text('[project]\nname = "items"\nseries = "19.0"\n')
    (root / "pytest.ini").write_text("[pytest]\n")
    tests = {"tests/__init__.py": "from . import test_sample\n", "tests/test_sample.py": TESTS}
    write_addon(root / "addons", "sample", tests)
    return root


@pytest.fixture
def run_pytest(project: Path) -> Pytest:
    def run(*arguments: str, root: Path = project) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=root,
            env={**os.environ, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    return run


def outcomes(folder: Path) -> Mapping[tuple[str, str], str]:
    return {
        (result.check, result.target.rpartition(":")[2]): str(result.outcome)
        for result in read_evidence([folder / "evidence.jsonl"])
        if result.check.startswith("tests.")
    }


@pytest.mark.parametrize("workers", ["0", "2"])
def test_every_outcome_is_told_apart(run_pytest: Pytest, project: Path, workers: str) -> None:
    folder = project / f"run-{workers}"
    done = run_pytest(
        "-n", workers, "--odoo-gate-run", str(folder), "--junitxml", str(folder) + ".xml", "-rA", "addons"
    )
    found = outcomes(folder)
    assert {name: value for (_, name), value in found.items() if name != BOTH} == EXPECTED, done.stdout
    assert found["tests.at-install", BOTH] == found["tests.post-install", BOTH] == "passed"
    assert done.returncode == pytest.ExitCode.TESTS_FAILED

    assert f'File "{FILE}", line' in done.stdout
    assert "AssertionError: '__system__' != 'nobody'" in done.stdout
    assert "tear-down of TestBrokenTearDown: RuntimeError: cannot close" in done.stdout
    assert "not today" in done.stdout
    suite = ElementTree.parse(f"{folder}.xml").getroot()[0]
    assert int(suite.attrib["skipped"]) == 1
    assert int(suite.attrib["failures"]) == 6
    assert int(suite.attrib["errors"]) == 1


def test_collect_only_names_each_test_once(run_pytest: Pytest) -> None:
    lines = run_pytest("--collect-only", "-q", "addons").stdout.splitlines()
    found = [line for line in lines if line.startswith(FILE)]
    expected = [f"{FILE}::{name.replace('.', '::')}" for name in (*EXPECTED, BOTH)]
    assert sorted(found) == sorted([*expected, f"{FILE}::{BOTH.replace('.', '::')}[at_install]"])


def test_one_test_by_its_node_id(run_pytest: Pytest) -> None:
    done = run_pytest("-q", f"{FILE}::TestAlone::test_pass")
    assert "1 passed" in done.stdout
    assert done.returncode == pytest.ExitCode.OK


def test_k_selects(run_pytest: Pytest) -> None:
    assert "2 passed" in run_pytest("-q", "-k", "TestAlone and (pass or moment)", "addons").stdout


def test_x_stops_at_the_first_failure(run_pytest: Pytest) -> None:
    done = run_pytest("-q", "-x", "-k", "TestAlone and (error or fail)", "addons")
    assert "1 failed" in done.stdout
    assert "stopping after 1 failures" in done.stdout


def test_lf_runs_what_failed(run_pytest: Pytest) -> None:
    run_pytest("-q", "--cache-clear", "-k", "TestAlone and (fail or pass)", "addons")
    done = run_pytest("-q", "--lf", "addons")
    assert "1 failed" in done.stdout
    assert "passed" not in done.stdout


def test_an_addon_that_cannot_be_imported_names_file_and_line(tmp_path: Path, run_pytest: Pytest) -> None:
    (tmp_path / "gate.toml").write_text('[project]\nname = "broken"\nseries = "19.0"\n')
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    tests = {"tests/__init__.py": "from . import test_sample\n", "tests/test_sample.py": TESTS}
    broken = {"__init__.py": "from . import models\n", "models/__init__.py": "def broken(:\n"}
    write_addon(tmp_path / "addons", "broken_code", {**tests, **broken})
    write_addon(tmp_path / "addons", "broken_tests", {**tests, "tests/test_sample.py": "import no_such_package\n"})
    write_addon(tmp_path / "addons", "forgotten", {**tests, "tests/__init__.py": ""})
    done = run_pytest("-q", "addons", root=tmp_path)
    assert "3 failed" in done.stdout
    assert 'File "addons/broken_code/models/__init__.py", line 1' in done.stdout
    assert "broken_tests cannot be imported: ModuleNotFoundError: No module named 'no_such_package'" in done.stdout
    assert "Odoo never runs these tests" in done.stdout
