"""Short journeys of a user through a running Odoo: only a server that serves them proves a restore."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import odoorpc
from odoorpc.error import RPCError

from odoo_gate.errors import StackError
from odoo_gate.odoo.rpc import ADMIN, login
from odoo_gate.recovery.encryption import BackupError
from odoo_gate.stack.odoo_server import OdooServer

_LISTS = (
    "res.partner",
    "account.move",
    "purchase.order",
    "sale.order",
    "project.project",
    "project.task",
    "account.analytic.line",
    "hr.employee",
    "stock.picking",
    "product.template",
)
"""The lists people open first; those whose model is installed are read."""

_DRAFTS: tuple[tuple[str, Callable[[int], dict[str, Any]]], ...] = (
    ("purchase.order", lambda partner: {"partner_id": partner}),
    ("project.project", lambda _: {"name": "odoo-gate journey"}),
    ("res.partner", lambda _: {"name": "odoo-gate journey"}),
)
_PAGE = 80
_GET_VIEWS_SINCE = 16.0
_SENT_OUT = ("purchase.order", "sale.order")
"""Documents whose report any record has: tried first."""
_STEP_REMEDY = "read the server's log in the run folder; the restored database is not fit to work with"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a user did, and the seconds until Odoo had answered."""

    name: str
    seconds: float


def first_journey(
    server: OdooServer, user: str = ADMIN, password: str = ADMIN
) -> tuple[odoorpc.ODOO, tuple[Step, ...]]:
    """Log in and read the first list: from here on people can work again. Raises BackupError."""
    steps: list[Step] = []
    with _step(steps, "log in"):
        session = _login(server, user, password)
        _open_web_session(session, server.database, user, password)
    with _step(steps, "read contacts"):
        _read_list(session, "res.partner")
    return session, tuple(steps)


def run_journeys(session: odoorpc.ODOO) -> tuple[Step, ...]:
    """Read the main lists, open a document, draft one, render a report, download an attachment. Raises BackupError."""
    steps: list[Step] = []
    installed = [model for model in _LISTS if has_model(session, model)]
    for model in installed:
        with _step(steps, f"read {model}"):
            ids = _read_list(session, model)
        if ids:
            with _step(steps, f"open {model}"):
                _open(session, model, ids[0])
    for model, values in _DRAFTS:
        if has_model(session, model):
            with _step(steps, f"draft {model}"):
                partner = session.execute("res.partner", "search", [], 0, 1)[0]
                session.execute(model, "create", values(partner))
            break
    steps.extend(_report(session))
    with _step(steps, "download an attachment"):
        _download(session)
    return tuple(steps)


def has_model(session: odoorpc.ODOO, model: str) -> bool:
    return bool(session.execute("ir.model", "search_count", [("model", "=", model)]))


def _login(server: OdooServer, user: str, password: str) -> odoorpc.ODOO:
    try:
        return login(server, user, password)
    except StackError as error:
        raise BackupError("login-refused", error.message, hint=error.hint) from error


def _open_web_session(session: odoorpc.ODOO, database: str, user: str, password: str) -> None:
    """What a browser has: a login through RPC alone gives no session for pages, reports and files."""
    answer = session.json("/web/session/authenticate", {"db": database, "login": user, "password": password})
    if not (answer.get("result") or {}).get("uid"):
        raise BackupError("login-refused", f"{user} gets no web session", hint=_STEP_REMEDY)


def _read_list(session: odoorpc.ODOO, model: str) -> list[int]:
    ids: list[int] = session.execute(model, "search", [], 0, _PAGE)
    session.execute(model, "read", ids, ["display_name", "create_date", "write_date"])
    return ids


def _open(session: odoorpc.ODOO, model: str, number: int) -> None:
    """What a form reads: the fields of its view that the user may see, computed ones too."""
    session.execute(model, "read", [number], _form_fields(session, model))


def _form_fields(session: odoorpc.ODOO, model: str) -> list[str]:
    """Series before 16 name them by view, later ones by model."""
    if float(session.version.split("-")[0].split("~")[-1]) < _GET_VIEWS_SINCE:
        views = session.execute(model, "load_views", [[False, "form"]])
        return sorted(views["fields_views"]["form"]["fields"])
    fields = session.execute(model, "get_views", [[False, "form"]])["models"][model]
    return sorted(fields.get("fields", fields))


def _report(session: odoorpc.ODOO) -> Iterator[Step]:
    """The HTML of the first report that has a document to render; a database without documents has none to render."""
    reports = session.execute(
        "ir.actions.report", "search_read", [("report_type", "=", "qweb-pdf")], ["report_name", "model"]
    )
    for report in sorted(reports, key=lambda each: (each["model"] not in _SENT_OUT, each["id"])):
        if not has_model(session, report["model"]):
            continue
        ids = session.execute(report["model"], "search", [], 0, 1)
        if ids:
            steps: list[Step] = []
            with _step(steps, f"render {report['report_name']}"):
                _get(session, f"report/html/{report['report_name']}/{ids[0]}")
            yield from steps
            return


def _download(session: odoorpc.ODOO) -> None:
    """An attachment of the user's own company that lies in the filestore arrives as its row says."""
    company = session.execute("res.users", "read", [session.env.uid], ["company_id"])[0]["company_id"][0]
    domain = [
        ("store_fname", "!=", False),
        ("file_size", ">", 0),
        ("type", "=", "binary"),
        ("res_field", "=", False),
        ("company_id", "in", [False, company]),
    ]
    found = session.execute("ir.attachment", "search_read", domain, ["checksum"], 0, 1, "id desc")
    if not found:
        raise BackupError(
            "no-attachments", "there is no attachment to download", hint="rehearse on data that has attachments"
        )
    content = _get(session, f"web/content/{found[0]['id']}?download=true")
    if hashlib.sha1(content, usedforsecurity=False).hexdigest() != found[0]["checksum"]:
        raise BackupError(
            "attachment-damaged",
            f"attachment {found[0]['id']} does not arrive as its checksum says",
            hint="look whether the filestore was restored whole",
        )


def _get(session: odoorpc.ODOO, path: str) -> bytes:
    with session.http(path) as answer:
        content: bytes = answer.read()
        arrived_at = urlsplit(answer.geturl()).path
    if not content or arrived_at != urlsplit(f"/{path}").path:
        raise BackupError("journey-failed", f"/{path} answers with nothing, or with {arrived_at}", hint=_STEP_REMEDY)
    return content


@contextmanager
def _step(steps: list[Step], name: str) -> Iterator[None]:
    """Time a step; what Odoo or the connection raises inside is the step's failure."""
    started = time.monotonic()
    try:
        yield
    except (RPCError, URLError, HTTPException, OSError) as error:
        raise BackupError("journey-failed", f"the journey `{name}` failed: {error}", hint=_STEP_REMEDY) from error
    steps.append(Step(name, time.monotonic() - started))
