"""What can be seen to be wrong with modules without running Odoo: quick, needs no Docker."""

from __future__ import annotations

import pytest

from odoo_gate.addons import (
    AddonGraph,
    graph_findings,
    manifest_findings,
    syntax_findings,
    unimported_test_findings,
)
from pytest_odoo_gate.checks import GateRecord
from pytest_odoo_gate.session import gate_of


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "module" in metafunc.fixturenames:
        metafunc.parametrize("module", gate_of(metafunc.config).checkout.selected)


@pytest.fixture(scope="module")
def checkout(pytestconfig: pytest.Config) -> AddonGraph:
    return gate_of(pytestconfig).checkout


@pytest.mark.gate("modules.graph")
def test_dependencies_are_there_and_acyclic(checkout: AddonGraph, gate_record: GateRecord) -> None:
    gate_record.metric("modules", len(checkout.own), "1")
    gate_record.judge(graph_findings(checkout))


@pytest.mark.gate("modules.manifest")
def test_manifest_is_usable(module: str, checkout: AddonGraph, gate_record: GateRecord) -> None:
    gate_record.judge(manifest_findings(checkout, module))


@pytest.mark.gate("modules.syntax")
def test_python_files_parse(module: str, checkout: AddonGraph, gate_record: GateRecord) -> None:
    gate_record.judge(syntax_findings(checkout, module))


@pytest.mark.gate("modules.tests-imported")
def test_test_files_are_imported(module: str, checkout: AddonGraph, gate_record: GateRecord) -> None:
    gate_record.judge(unimported_test_findings(checkout, module))
