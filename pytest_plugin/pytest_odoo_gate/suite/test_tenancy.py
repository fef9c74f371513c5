"""Whether the companies of the data are kept apart, and whether each of them can work with the release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property

import pytest

from odoo_gate.model import Say, Severity
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.settings import Settings
from odoo_gate.tenancy import (
    Group,
    company_findings,
    isolation_findings,
    look_across,
    open_group,
    touched_by,
    validate_companies,
)
from pytest_odoo_gate.checks import GateRecord


@dataclass
class _Groups:
    """Both releases' companies; the baseline's clone is made when first asked for."""

    candidate: Group
    _open_baseline: Callable[[], Group | None]

    @cached_property
    def baseline(self) -> Group | None:
        return self._open_baseline()


@pytest.fixture(scope="module")
def groups(
    testbed: Testbed,
    candidate: Release,
    candidate_data: Template,
    gate_settings: Settings,
    request: pytest.FixtureRequest,
    say: Say,
) -> Iterator[_Groups]:
    roles, chosen = gate_settings.roles, gate_settings.tenancy.companies
    with ExitStack() as stack:

        def open_baseline() -> Group | None:
            if testbed.baseline is None:
                return None
            data = request.getfixturevalue("baseline_data")
            return stack.enter_context(open_group(testbed, testbed.baseline, data, roles, chosen, say))

        group = stack.enter_context(open_group(testbed, candidate, candidate_data, roles, chosen, say))
        yield _Groups(group, open_baseline)


@pytest.mark.gate("tenancy.isolation")
def test_companies_are_kept_apart(groups: _Groups, gate_record: GateRecord) -> None:
    group = groups.candidate
    looked = look_across(group)
    gate_record.metric("companies", len(group.chosen), "1")
    gate_record.metric("models", len(looked.models), "1")
    gate_record.metric("tried", looked.tried, "1")
    is_open = any(model not in looked.own for model in looked.leaks)
    known = look_across(groups.baseline) if is_open and groups.baseline is not None else None
    gate_record.judge(isolation_findings(group, looked, known))


@pytest.mark.gate("tenancy.companies")
def test_every_affected_company_can_work(groups: _Groups, gate_record: GateRecord) -> None:
    group = groups.candidate
    touched = touched_by(group, groups.baseline)
    validated = validate_companies(group, touched.models)
    gate_record.metric("models", len(touched.models), "1")
    gate_record.metric("affected", len(validated.companies()), "1")
    found = tuple(company_findings(group, touched, validated, None))
    if groups.baseline is not None and any(each.severity is Severity.ERROR for each in found):
        known = validate_companies(groups.baseline, touched.models)
        found = tuple(company_findings(group, touched, validated, known))
    gate_record.judge(found)
