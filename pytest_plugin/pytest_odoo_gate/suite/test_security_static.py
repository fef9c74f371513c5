"""What reading the release's code shows of holes: quick, needs no Docker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from odoo_gate.addons import AddonGraph, baseline_graph, baseline_root
from pytest_odoo_gate.checks import GateRecord
from pytest_odoo_gate.session import gate_of

if TYPE_CHECKING:
    from odoo_gate.security.code import Judged


@pytest.fixture(scope="module")
def candidate_code(pytestconfig: pytest.Config) -> AddonGraph:
    """The candidate's own addons."""
    return gate_of(pytestconfig).checkout


@pytest.fixture(scope="module")
def baseline_code(pytestconfig: pytest.Config) -> AddonGraph | None:
    """The baseline's own addons; None when gate.toml names no baseline."""
    settings = gate_of(pytestconfig).settings
    return baseline_graph(settings, baseline_root(settings), None) if settings.baseline is not None else None


@pytest.mark.gate("security.code")
def test_the_code_opens_no_hole(
    candidate_code: AddonGraph, baseline_code: AddonGraph | None, gate_record: GateRecord
) -> None:
    from odoo_gate.security.code import code_findings

    _judge(code_findings(candidate_code, baseline_code), gate_record)


@pytest.mark.gate("security.lint")
def test_the_linters_find_nothing_new(
    candidate_code: AddonGraph, baseline_code: AddonGraph | None, gate_record: GateRecord
) -> None:
    from odoo_gate.security.code import lint_findings

    _judge(lint_findings(candidate_code, baseline_code), gate_record)


def _judge(judged: Judged, gate_record: GateRecord) -> None:
    gate_record.metric("addons", judged.addons, "1")
    gate_record.metric("files", judged.files, "1")
    gate_record.metric("lines_of_python", judged.lines, "1")
    gate_record.judge(judged.findings)
