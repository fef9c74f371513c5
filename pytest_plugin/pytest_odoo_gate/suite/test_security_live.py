"""Who may do what in the release as it runs: tried on a disposable clone with production-like data.

The baseline is asked only about what is found in the candidate, but for the matrix of rights, which is compared anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import pytest

from odoo_gate.judgement import read_policy
from odoo_gate.model import Finding, Say, Severity
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.policy import load_policy
from odoo_gate.security.live import (
    BUILT_IN,
    Matrix,
    Measured,
    Site,
    abilities_of,
    call_methods,
    door_findings,
    duty_findings,
    field_findings,
    field_rights,
    measure_rights,
    method_findings,
    open_site,
    portal_findings,
    read_matrix,
    rights_findings,
    roles_of,
    unknown_patterns,
    visit_portal,
    write_matrix,
)
from odoo_gate.settings import Settings
from pytest_odoo_gate.checks import GateRecord

_Seen = TypeVar("_Seen")


@dataclass
class _Sites:
    """A clone of each release with a user for every role; the baseline's is made when first asked for."""

    settings: Settings
    candidate: Site
    _open_baseline: Callable[[], Site | None]

    @cached_property
    def baseline(self) -> Site | None:
        return self._open_baseline()

    @cached_property
    def approved(self) -> Matrix | None:
        """The matrix of gate.toml's `security.rights`."""
        path = self.settings.security.rights
        return read_matrix(self.settings.resolve(path)) if path else None

    @cached_property
    def rights(self) -> Measured:
        return measure_rights(self.candidate)

    def compared(
        self, look: Callable[[Site], _Seen], judge: Callable[[_Seen, _Seen | None], Iterator[Finding]]
    ) -> tuple[_Seen, tuple[Finding, ...]]:
        """What the candidate shows and what is wrong with it; the baseline is looked at where something is."""
        seen = look(self.candidate)
        found = tuple(judge(seen, None))
        if any(finding.severity is Severity.ERROR for finding in found) and self.baseline is not None:
            found = tuple(judge(seen, look(self.baseline)))
        return seen, found


@pytest.fixture(scope="module")
def sites(
    testbed: Testbed,
    candidate: Release,
    candidate_data: Template,
    gate_settings: Settings,
    request: pytest.FixtureRequest,
    say: Say,
) -> Iterator[_Sites]:
    roles = roles_of(gate_settings.roles)
    with ExitStack() as stack:

        def open_baseline() -> Site | None:
            if testbed.baseline is None:
                return None
            data = request.getfixturevalue("baseline_data")
            return stack.enter_context(open_site(testbed, testbed.baseline, data, roles, say, must_have_roles=False))

        site = stack.enter_context(open_site(testbed, candidate, candidate_data, roles, say))
        yield _Sites(gate_settings, site, open_baseline)


@pytest.mark.gate("security.rights")
def test_nobody_may_do_more_than_was_approved(sites: _Sites, gate_record: GateRecord) -> None:
    measured = sites.rights
    _keep(gate_record, "security-rights.csv", measured)
    gate_record.metric("models", measured.models, "1")
    gate_record.metric("roles", len(measured.roles), "1")
    gate_record.metric("rights", sum(len(right.rights) for right in measured.matrix.rows.values()), "1")
    baseline = measure_rights(sites.baseline) if sites.baseline is not None else None
    if baseline is not None:
        _keep(gate_record, "security-rights-baseline.csv", baseline)
    found = rights_findings(measured, sites.approved, baseline)
    gate_record.judge((*found, *door_findings(sites.candidate, measured)))


def _keep(record: GateRecord, name: str, measured: Measured) -> None:
    kept = record.run_folder / name
    kept.write_text(write_matrix(measured.matrix), encoding="utf-8")
    record.artifact(kept)


@pytest.mark.gate("security.methods")
def test_portal_users_call_nothing_of_ours(sites: _Sites, gate_record: GateRecord) -> None:
    meant = sites.settings.security.portal_methods
    called, found = sites.compared(call_methods, lambda seen, known: method_findings(seen, meant, known))
    gate_record.metric("methods", called.methods, "1")
    gate_record.judge(found)


@pytest.mark.gate("security.fields")
def test_sensitive_fields_are_for_few(sites: _Sites, gate_record: GateRecord) -> None:
    sensitive = sites.settings.security.sensitive
    read, found = sites.compared(
        lambda site: field_rights(site, sensitive), lambda seen, known: field_findings(seen, sites.approved, known)
    )
    gate_record.metric("fields", len(read.fields), "1")
    gate_record.judge((*unknown_patterns(read, sensitive), *found))


@pytest.mark.gate("security.duties")
def test_nobody_does_what_two_people_should(sites: _Sites, gate_record: GateRecord) -> None:
    written = load_policy(read_policy(sites.settings)).duties
    duties = written or BUILT_IN
    able, found = sites.compared(
        lambda site: abilities_of(site, duties),
        lambda seen, known: duty_findings(duties, seen, known, built_in=not written),
    )
    gate_record.metric("rules", len(duties), "1")
    gate_record.metric("judged", len(able.judged), "1")
    gate_record.judge(found)


@pytest.mark.gate("security.portal")
def test_portal_users_see_their_own_alone(sites: _Sites, gate_record: GateRecord) -> None:
    visited, found = sites.compared(visit_portal, portal_findings)
    gate_record.metric("documents", visited.documents, "1")
    gate_record.metric("models", len(visited.models), "1")
    gate_record.judge(found)
