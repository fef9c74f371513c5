"""The three checks of the deployment surface, each as one question to what runs and to what is written."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from odoo_gate.model import Finding, Place, Severity
from odoo_gate.security.surface.configuration import configuration_findings
from odoo_gate.security.surface.definition import publication_findings, role_findings
from odoo_gate.security.surface.deployment import Guessed, manager_findings, password_findings
from odoo_gate.security.surface.door import front_door, plain_door
from odoo_gate.security.surface.forwarding import forwarding_findings
from odoo_gate.security.surface.limits import login_limit, upload_findings
from odoo_gate.security.surface.site import Site
from odoo_gate.security.surface.tls import tls_findings
from odoo_gate.security.surface.transport import transport_findings
from odoo_gate.settings import Settings
from odoo_gate.stack.ingress import Ingress


@dataclass(frozen=True, slots=True)
class Judged:
    """What a check found, and how many times something was tried for it."""

    findings: tuple[Finding, ...]
    attempts: int


def judge_deployment(settings: Settings, conf: str, site: Site, ingress: Ingress | None, dsn: str) -> Judged:
    """odoo.conf as written in `conf`, and `site` as it runs, whose database `dsn` opens.

    Raises SettingsError, StackError, psycopg.Error, OSError.
    """
    guessed: Guessed = password_findings(site, dsn)
    found = [
        *configuration_findings(conf, settings.stack.odoo_conf),
        *role_findings(settings.root, settings.parity.definition),
        *manager_findings(site.door, front_door(ingress) if ingress else None),
        *guessed.findings,
    ]
    return Judged(tuple(found), guessed.attempts)


def judge_ingress(settings: Settings, site: Site, ingress: Ingress) -> Judged:
    """`ingress` as it runs in front of `site`, and the definition of the environment around it.

    `attempts` are the logins one client could try before it was refused, 0 when it never was. Raises StackError.
    """
    front, series = front_door(ingress), settings.project.series
    found = [
        *_asked("TLS", lambda: tls_findings(front, ingress.conf)),
        *_asked("pages", lambda: transport_findings(front, plain_door(ingress), series)),
        *_asked("forged headers", lambda: forwarding_findings(site, ingress)),
        *_asked("uploads", lambda: upload_findings(front)),
    ]
    attempts = 0
    try:
        limit = login_limit(front)  # last: nobody else logs in through the ingress for a while after it
        found += limit.findings
        attempts = limit.attempts or 0
    except (OSError, http.client.HTTPException) as error:
        found.append(_no_answer("logins", error))
    place = Place(settings.stack.ingress_conf) if settings.stack.ingress_conf else None
    placed = [_at(finding, place) for finding in found]
    return Judged(
        (*_whose(settings), *placed, *publication_findings(settings.root, settings.parity.definition)), attempts
    )


def _asked(what: str, ask: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """An ingress that does not answer has not passed."""
    try:
        return list(ask())
    except (OSError, http.client.HTTPException) as error:
        return [_no_answer(what, error)]


def _no_answer(what: str, error: Exception) -> Finding:
    reason = error.reason if isinstance(error, ssl.SSLError) and error.reason else error
    message = f"the ingress could not be asked about {what}: {reason}"
    return Finding("no-answer", message, remedy="read the log of the ingress in the run folder (logs/)")


def _whose(settings: Settings) -> Iterable[Finding]:
    if settings.stack.ingress_conf:
        return ()
    message = "gate.toml names no [stack] ingress_conf: odoo-gate's own nginx was asked, not production's proxy"
    remedy = "name production's nginx configuration in gate.toml: stack.ingress_conf"
    return (Finding("not-your-ingress", message, Severity.WARNING, remedy=remedy),)


def _at(finding: Finding, place: Place | None) -> Finding:
    return Finding(finding.rule, finding.message, finding.severity, finding.place or place, finding.remedy)
