"""What a stranger reaches: databases and their manager, known passwords, the ingress, sessions.

All is asked of one server on a clone of its own, because passwords are changed in it, with one ingress in front.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from odoo_gate.errors import SettingsError
from odoo_gate.model import Finding, Place
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.security.surface import (
    AS_IN_PRODUCTION,
    Site,
    judge_deployment,
    judge_ingress,
    secured,
    session_findings,
)
from odoo_gate.settings import Settings
from odoo_gate.stack.ingress import Ingress
from pytest_odoo_gate.checks import CheckFailed, GateRecord


@dataclass(frozen=True)
class _Surface:
    """The attacked site, its ingress or why nginx refuses its configuration, and how to open the database."""

    site: Site
    ingress: Ingress | SettingsError
    dsn: str


@pytest.fixture(scope="module")
def surface(testbed: Testbed, candidate: Release, candidate_data: Template) -> Iterator[_Surface]:
    with testbed.clone(candidate_data, candidate) as clone:
        server = testbed.start_server(candidate, clone.database, keep=AS_IN_PRODUCTION)
        ingress: Ingress | SettingsError
        try:
            ingress = testbed.start_ingress(server)
        except SettingsError as refused:
            ingress = refused
        try:
            yield _Surface(secured(server), ingress, testbed.postgres.dsn(clone.database))
        finally:
            if isinstance(ingress, Ingress):
                testbed.stop_server(ingress)
            testbed.stop_server(server)


def _running(ingress: Ingress | SettingsError, settings: Settings) -> Ingress:
    if isinstance(ingress, SettingsError):
        place = Place(settings.stack.ingress_conf)
        finding = Finding("refused-configuration", ingress.message, place=place, remedy=ingress.hint)
        raise CheckFailed([finding]) from ingress
    return ingress


@pytest.mark.gate("security.deployment")
def test_nobody_gets_at_databases(
    surface: _Surface, testbed: Testbed, gate_settings: Settings, gate_record: GateRecord
) -> None:
    ingress = _running(surface.ingress, gate_settings)
    judged = judge_deployment(gate_settings, testbed.odoo_conf, surface.site, ingress, surface.dsn)
    gate_record.metric("known_passwords_tried", judged.attempts, "1")
    gate_record.judge(judged.findings)


@pytest.mark.gate("security.sessions")
def test_sessions_end(surface: _Surface, testbed: Testbed, gate_record: GateRecord) -> None:
    gate_record.judge(session_findings(surface.site, testbed.redis()))


@pytest.mark.gate("security.ingress")
def test_ingress_protects(surface: _Surface, gate_settings: Settings, gate_record: GateRecord) -> None:
    judged = judge_ingress(gate_settings, surface.site, _running(surface.ingress, gate_settings))
    gate_record.metric("logins_before_refusal", judged.attempts, "1")
    gate_record.judge(judged.findings)
