"""Every planted hole in rights and between companies is found by its check; the clean twin has none of them.

All modules lie in one project. Two databases are looked at, each once and by the functions the suite calls: one with
the clean module alone, one with every planted one on top; a finding tells by its words whose it is.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from odoo_gate.model import Finding, Severity, silent
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Testbed, open_testbed
from odoo_gate.policy import Duty
from odoo_gate.security.live import (
    Matrix,
    abilities_of,
    call_methods,
    door_findings,
    duty_findings,
    field_findings,
    field_rights,
    measure_rights,
    merged,
    method_findings,
    open_site,
    portal_findings,
    read_matrix,
    rights_findings,
    roles_of,
    visit_portal,
    write_matrix,
)
from odoo_gate.settings import load_settings
from odoo_gate.stack.run import Run, new_run_id
from odoo_gate.tenancy import (
    company_findings,
    isolation_findings,
    look_across,
    open_group,
    touched_by,
    validate_companies,
)

CASES = Path(__file__).parent / "corpus"
FILL = Path(__file__).with_name("fill_desk.py")
CLEAN = ["desk"]
GATE_TOML = """
[project]
name = "desk"
series = "19.0"
[roles]
desk_user = ["desk.group_user"]
desk_manager = ["desk.group_manager"]
"""
WHY = "who asks must not approve"
MANAGERS = {"desk_manager": "two managers there are: each approves what the other entered"}
DUTY = Duty(
    name="ticket", one=("desk.ticket:create",), other=("desk.ticket:action_approve",), because=WHY, allowed=MANAGERS
)
GONE = Duty(name="gone", one=("desk.ticket:create",), other=("desk.ticket:action_gone",), because=WHY)
Judged = dict[str, list[Finding]]


@dataclass(frozen=True)
class Case:
    name: str
    defect: str
    check: str
    rule: str
    mentions: str


def planted() -> list[Case]:
    return [
        Case(path.parent.name, **tomllib.loads(path.read_text("utf-8"))) for path in sorted(CASES.glob("*/expect.toml"))
    ]


@dataclass(frozen=True)
class Desk:
    """The releases' databases: one company, two clean ones, and all defects planted."""

    testbed: Testbed
    alone: Template
    clean: Template
    planted: Template
    approved: Path

    @cache  # noqa: B019 (the desk lives as long as the session)
    def judged(self, which: str) -> Judged:
        template, defects = (self.planted, True) if which == "planted" else (self.clean, False)
        return {**self._security(template, defects), **self._tenancy(template)}

    @cache  # noqa: B019 (as above)
    def judged_alone(self) -> Judged:
        return self._tenancy(self.alone)

    def _security(self, template: Template, defects: bool) -> Judged:
        settings, release = self.testbed.settings, self.testbed.candidate
        with open_site(self.testbed, release, template, roles_of(settings.roles), silent) as site:
            rights, read = measure_rights(site), field_rights(site, ())
            if not defects:
                self.approved.write_text(write_matrix(merged(rights.matrix, read.matrix)), "utf-8")
            approved = self._approved()
            duties = (DUTY, GONE) if defects else (DUTY,)
            return {
                "security.rights": [*rights_findings(rights, approved, None), *door_findings(site, rights)],
                "security.fields": list(field_findings(read, approved, None)),
                "security.methods": list(method_findings(call_methods(site), {}, None)),
                "security.duties": list(duty_findings(duties, abilities_of(site, duties), None, built_in=False)),
                "security.portal": list(portal_findings(visit_portal(site), None)),
            }

    def _approved(self) -> Matrix:
        if not self.approved.exists():
            self.judged("clean")
        return read_matrix(self.approved)

    def _tenancy(self, template: Template) -> Judged:
        release = self.testbed.candidate
        with open_group(self.testbed, release, template, self.testbed.settings.roles, (), silent) as group:
            touched = touched_by(group, None)
            validated = validate_companies(group, touched.models)
            return {
                "tenancy.isolation": list(isolation_findings(group, look_across(group), None)),
                "tenancy.companies": list(company_findings(group, touched, validated, None)),
            }


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    root = tmp_path_factory.mktemp("desk")
    modules = [path.parent for path in sorted(CASES.glob("*/*/__manifest__.py"))]
    for module in modules:
        shutil.copytree(module, root / "addons" / module.name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "gate.toml").write_text(GATE_TOML)
    with ExitStack() as stack:
        run = stack.enter_context(Run(new_run_id(), root / "run", silent))
        testbed = open_testbed(load_settings(root, os.environ), run)
        base = testbed.exact_template(testbed.candidate, "desk")
        agent = testbed.candidate.agent
        holes = [module.name for module in modules if module.name not in CLEAN]
        digests = {name: testbed.candidate.graph.digest(name) for name in holes}

        def fill(database: str) -> None:
            agent.run_script(database, FILL, "fill")

        def plant(database: str) -> None:
            agent.install(database, holes, auto_install=False)
            agent.run_script(database, FILL, "cross")

        recipe = {"fill": FILL.read_text("utf-8")}
        clean = testbed.store.layer(base, recipe, "desk with two companies", fill, agent)
        everything = testbed.store.layer(clean, {**recipe, "holes": digests}, "desk with holes", plant, agent)
        yield Desk(testbed, base, clean, everything, root / "approved.csv")


def errors(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in planted()])
def test_defect_is_found_by_its_check(case, desk):
    judged = desk.judged_alone() if case.name == "one_company" else desk.judged("planted")
    found = errors(judged[case.check])
    assert any(finding.rule == case.rule and case.mentions in finding.message for finding in found), found


@pytest.mark.parametrize(
    "check",
    [
        "security.duties",
        "security.fields",
        "security.methods",
        "security.portal",
        "security.rights",
        "tenancy.companies",
        "tenancy.isolation",
    ],
)
def test_clean_twin_passes(check, desk):
    findings = desk.judged("clean")[check]
    assert errors(findings) == []
