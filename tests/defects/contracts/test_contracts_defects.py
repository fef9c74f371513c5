"""Every broken contract is found by the check that is there for it; the clean twin keeps all of its contracts.

All modules lie in one release, in one database behind one server; what judges is what the suite calls.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import pytest
from contracts.planting import KINDS, TWIN, Broken, broken, write_project

from odoo_gate.contracts import Answer, Inquiry, exercised_findings, findings_of, load_contracts, open_site
from odoo_gate.model import Finding, Severity
from odoo_gate.odoo.testbed import open_testbed
from odoo_gate.settings import load_settings
from odoo_gate.stack.run import Run, new_run_id

Judged = Mapping[str, list[Finding]]
TWINS = tuple(f"{TWIN.replace('_', '-')}-{kind}" for kind in KINDS)
INTERACTIONS = {"api": 16, "file": 2, "bi": 1}
"""What the twin's contracts make happen: four calls through four doors, two cases, one view."""


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, list[Answer]]]:
    """Check id → the answers of all contracts."""
    root = write_project(tmp_path_factory.mktemp("contracts"))
    settings = load_settings(root, os.environ)
    contracts = load_contracts(settings)
    with Run(new_run_id(), root / "run", print) as run:
        testbed = open_testbed(settings, run, print)
        candidate = testbed.candidate
        template = testbed.store.template(testbed.exact_spec(candidate, list(candidate.graph.own)), candidate.agent)
        with open_site(testbed, candidate, template, print) as site:
            inquiry = Inquiry(site, contracts)
            yield {
                "contracts.api": inquiry.api,
                "contracts.rights": inquiry.rights,
                "contracts.latency": inquiry.latency,
                "contracts.files": inquiry.files,
                "contracts.bi": inquiry.bi,
                "contracts.exercised": inquiry.everything,
            }


def findings(asked: Mapping[str, list[Answer]], check: str, contract_id: str) -> list[Finding]:
    """What one check says of one contract."""
    answers = [answer for answer in asked[check] if answer.contract.id == contract_id]
    if check == "contracts.exercised":
        return exercised_findings([answer.contract for answer in answers], answers, "contracts")
    return findings_of(answers, None)


def errors(found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.severity is Severity.ERROR]


def test_there_are_defects():
    assert len(broken()) == 16


@pytest.mark.parametrize("contract_id", TWINS)
def test_the_clean_twin_keeps_its_contracts(contract_id, asked):
    told = [finding.message for check in asked for finding in errors(findings(asked, check, contract_id))]
    assert told == []
    happened = [each.interactions for each in asked["contracts.exercised"] if each.contract.id == contract_id]
    assert happened == [INTERACTIONS[contract_id.rpartition("-")[2]]]


@pytest.mark.parametrize("case", broken(), ids=lambda case: case.name)
def test_the_named_check_finds_the_defect(case: Broken, asked: Mapping[str, list[Answer]]) -> None:
    told = errors(findings(asked, case.check, case.contract_id))
    assert case.rule in {finding.rule for finding in told}, [finding.message for finding in told]
    assert all(finding.remedy and finding.place for finding in told)
