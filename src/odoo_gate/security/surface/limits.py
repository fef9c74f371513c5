"""What the ingress refuses: the next guess at a password, and an upload that would fill the disk."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass

from odoo_gate.model import Finding, Severity
from odoo_gate.security.surface.door import Door

_ATTEMPTS, _FURTHER_ATTEMPTS = 40, 15
"""Logins tried at the first door, and at each of the others. They carry no token, so that Odoo refuses them unread."""
_REFUSALS = (429, 503, 403)
_HUGE, _ORDINARY = 8 << 30, 8 << 20
_PATIENCE, _SHORT_PATIENCE = 5.0, 1.0
"""Seconds in which an ingress that refuses a size says so; one that takes it waits for the content."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}
_XML = {"Content-Type": "text/xml"}


@dataclass(frozen=True, slots=True)
class LoginLimit:
    """How many logins one client could try at once before it was refused; None: it never was."""

    attempts: int | None
    findings: tuple[Finding, ...]


def login_limit(front: Door) -> LoginLimit:
    """Try to log in again and again, at most 70 times in all. Raises OSError, http.client.HTTPException."""
    attempts = _attempts_until_refused(front, "/web/login", b"login=nobody&password=guess", _FORM, _ATTEMPTS)
    findings = [] if attempts is not None else [_unlimited("/web/login", _ATTEMPTS, Severity.ERROR)]
    others = (
        ("/web/session/authenticate", b'{"params": {"db": "-", "login": "x", "password": "x"}}', _JSON, Severity.ERROR),
        ("/xmlrpc/2/common", _XML_CALL, _XML, Severity.WARNING),
    )
    for path, body, headers, severity in others:
        if _attempts_until_refused(front, path, body, headers, _FURTHER_ATTEMPTS) is None:
            findings.append(_unlimited(path, _FURTHER_ATTEMPTS, severity))
    return LoginLimit(attempts, tuple(findings))


_XML_CALL = b"<?xml version='1.0'?><methodCall><methodName>version</methodName><params></params></methodCall>"


def _attempts_until_refused(front: Door, path: str, body: bytes, headers: dict[str, str], most: int) -> int | None:
    for number in range(most):
        if front.ask("POST", path, body, headers).status in _REFUSALS:
            return number
    return None


def _unlimited(path: str, attempts: int, severity: Severity) -> Finding:
    return Finding(
        "no-login-limit",
        f"one client may try to log in at {path} {attempts} times at once: the ingress never refuses it",
        severity,
        remedy="limit POST requests to it by client address (nginx: limit_req_zone, limit_req, limit_req_status 429)",
    )


def upload_findings(front: Door) -> Iterator[Finding]:
    """Announce an upload that no business needs, and one that it does. Raises OSError, http.client.HTTPException."""
    huge = _answer_to_announced(front, _HUGE, _PATIENCE)
    if huge != http.client.REQUEST_ENTITY_TOO_LARGE:
        said = "and is waited for" if huge is None else f"and is answered with {huge}, not with 413"
        yield Finding(
            "no-upload-limit",
            f"an upload of {_HUGE >> 30} GB is announced {said}: it would be written to the proxy's disk",
            remedy="nginx: client_max_body_size 128m;",
        )
    elif _answer_to_announced(front, _ORDINARY, _SHORT_PATIENCE) == http.client.REQUEST_ENTITY_TOO_LARGE:
        yield Finding(
            "upload-limit-tight",
            f"an attachment of {_ORDINARY >> 20} MB is refused",
            Severity.WARNING,
            remedy="nginx: client_max_body_size 128m; (Odoo's own limit is 128 MB)",
        )


def _answer_to_announced(front: Door, size: int, patience: float) -> int | None:
    """The status an upload of `size` bytes is answered with before a byte of it was sent; None: it is waited for."""
    headers = {**_FORM, "Content-Length": str(size)}
    try:
        return front.ask("POST", "/web/binary/upload_attachment", headers=headers, timeout=patience).status
    except TimeoutError:
        return None
