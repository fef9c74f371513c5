"""Every planted difference between production and what is tested is found by the check that is there for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_projects import planted_in

from odoo_gate.model import ImageIdentity, Severity
from odoo_gate.parity import (
    StackUnderTest,
    configuration_findings,
    database_findings,
    image_findings,
    odoo_findings,
    read_definition,
    secret_findings,
)
from odoo_gate.parity.tested import odoo_options
from odoo_gate.settings import load_settings

CASES = planted_in(Path(__file__).parent)
QUESTIONS = {
    "parity.images": image_findings,
    "parity.odoo": odoo_findings,
    "parity.database": database_findings,
    "parity.configuration": configuration_findings,
    "parity.secrets": lambda settings, definition, _: secret_findings(settings, definition),
}
PACKAGES = {"deb:odoo-19": "19.0.20261101", "pypi:lxml": "5.4.0"}
IMAGES = {
    role: ImageIdentity(role, role, f"sha256:{letter * 64}", "pulled", PACKAGES)
    for role, letter in (("odoo", "a"), ("postgres", "b"), ("redis", "c"))
}
POSTGRES = {
    "max_connections": "100",
    "shared_buffers": "16384 x 8kB",
    "fsync": "off",
    "statement_timeout": "0ms",
}
"""As pg_settings tells them: a count of units, and the store's own haste."""
REDIS = {"maxmemory-policy": "noeviction", "appendonly": "no"}


def ask(check, root):
    settings = load_settings(root, {})
    tested = StackUnderTest("19.0", IMAGES, odoo_options(settings), settings.addons.paths, "17", POSTGRES, REDIS)
    return QUESTIONS[check](settings, read_definition(settings), tested)


@pytest.mark.parametrize("case", [case for case in CASES if case.check], ids=lambda case: case.name)
def test_the_named_check_finds_the_difference(case, tmp_path):
    findings = ask(case.check, case.project(tmp_path)).findings
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    assert {finding.rule for finding in errors} == {case.facts["rule"], *case.facts.get("also", [])}, findings
    assert all(finding.remedy for finding in errors)
    assert case.facts.get("says", "") in " ".join(finding.message for finding in errors)
    if "hides" in case.facts:
        assert case.facts["hides"] not in repr(findings)


@pytest.mark.parametrize("case", [case for case in CASES if not case.check], ids=lambda case: case.name)
@pytest.mark.parametrize("check", sorted(QUESTIONS))
def test_the_clean_twin_passes(case, check, tmp_path):
    report = ask(check, case.project(tmp_path))
    assert [finding for finding in report.findings if finding.severity is Severity.ERROR] == []
    assert report.metrics[0].value > 0


@pytest.mark.parametrize("check", sorted(QUESTIONS))
def test_without_a_definition_no_check_passes(check, tmp_path):
    case = next(case for case in CASES if case.name == "no_definition")
    findings = ask(check, case.project(tmp_path)).findings
    assert "no-definition" in {finding.rule for finding in findings if finding.severity is Severity.ERROR}


def test_an_accepted_difference_is_shown_with_its_reason(tmp_path):
    case = next(case for case in CASES if case.name == "workers_accepted")
    findings = ask("parity.configuration", case.project(tmp_path)).findings
    assert case.facts["warns"] in " ".join(finding.message for finding in findings)
