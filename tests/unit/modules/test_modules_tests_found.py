"""Zero tests never pass, and no file with tests goes unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_gate.addons import AddonGraph, Selection, load_graph
from odoo_gate.model import Severity
from odoo_gate.modules import listing_findings
from odoo_gate.odoo.agent_client import ListedTest, Listing, ListingError

CONTAINER = "/mnt/odoo-gate/addons/0"
TEST = "class TestX(TransactionCase):\n    def test_x(self): ...\n"


@pytest.fixture
def graph(tmp_path: Path) -> AddonGraph:
    for name in ("one", "two"):
        folder = tmp_path / "addons" / name
        (folder / "tests").mkdir(parents=True)
        (folder / "__manifest__.py").write_text("{'name': 'x', 'version': '1.0'}")
    (tmp_path / "addons/one/tests/test_x.py").write_text(TEST)
    return load_graph([tmp_path / "addons"], None, Selection(root=tmp_path, series="19.0"))


def listing(*modules: str, files: tuple[str, ...] = (), errors: tuple[ListingError, ...] = ()) -> Listing:
    tests = tuple(
        ListedTest(f"/{m}:T.t", m, "post_install", 0, f"{CONTAINER}/{m}/tests/test_x.py", 1, "T", "t", "", (), False)
        for m in modules
    )
    return Listing(tests, tuple(f"{CONTAINER}/{file}" for file in files), errors)


def rules(graph, found):
    findings, _ = listing_findings(graph, found)
    return {(finding.rule, finding.severity) for finding in findings}


def test_no_test_in_the_release(graph):
    found = rules(graph, listing(files=("one/tests/test_x.py",)))
    assert ("no-tests", Severity.ERROR) in found


def test_a_module_without_tests_is_a_warning(graph):
    found = rules(graph, listing("one", files=("one/tests/test_x.py",)))
    assert found == {("module-without-tests", Severity.WARNING)}


def test_a_test_file_odoo_did_not_look_at(graph):
    assert ("test-file-not-loaded", Severity.ERROR) in rules(graph, listing("one"))


def test_an_import_error_is_told_with_its_place(graph):
    error = ListingError("one", f"{CONTAINER}/one/tests/test_x.py", 3, "ImportError", "no module named x", "")
    findings, _ = listing_findings(graph, listing("two", errors=(error,)))
    (finding,) = [f for f in findings if f.rule == "import-error"]
    assert str(finding.place) == "addons/one/tests/test_x.py:3"
    assert "no module named x" in finding.message


def test_counts_are_metrics(graph):
    _, metrics = listing_findings(graph, listing("one", "one"))
    assert {metric.name: metric.value for metric in metrics} == {"tests": 2, "tests.one": 2, "tests.two": 0}
