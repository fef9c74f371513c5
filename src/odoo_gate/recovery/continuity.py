"""A working day in short: invoices, purchase orders and timesheets entered through RPC, as people enter them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import odoorpc
from odoorpc.error import RPCError

from odoo_gate.model import Say, silent
from odoo_gate.recovery.encryption import BackupError
from odoo_gate.recovery.journeys import has_model
from odoo_gate.recovery.writes import write_once

_INVOICES = 3
_ORDERS = 2
_TIMESHEET_HOURS = (4.0, 2.0, 1.5)
_AMOUNT = 1250.0


def continue_business(session: odoorpc.ODOO, label: str, say: Say = silent) -> dict[str, int]:
    """Enter what the installed modules allow: a contact at least. Returns how many of each model.

    Raises BackupError when Odoo refuses one.
    """
    done = {"res.partner": 1}
    write_once(session, f"odoo-gate-business-{label}")
    partner = session.execute("res.partner", "search", [("ref", "=", f"odoo-gate-business-{label}")])[0]
    writers: tuple[tuple[str, Callable[[odoorpc.ODOO, int], int]], ...] = (
        ("account.move", _invoices),
        ("purchase.order", _orders),
        ("account.analytic.line", _timesheets),
    )
    for model, write in writers:
        if has_model(session, model):
            try:
                done[model] = write(session, partner)
            except RPCError as error:
                raise BackupError(
                    "business-refused",
                    f"people cannot work: Odoo refused a {model}: {error}",
                    hint="read the server's log in the run folder",
                ) from error
    say("business continues: " + ", ".join(f"{model} {count}" for model, count in done.items() if count))
    return done


def _invoices(session: odoorpc.ODOO, partner: int) -> int:
    """Posted ones; none where no chart of accounts is installed: Odoo could not invoice there before either."""
    if not session.execute("account.journal", "search_count", [("type", "=", "sale")]):
        return 0
    for number in range(_INVOICES):
        values: dict[str, Any] = {
            "move_type": "out_invoice",
            "partner_id": partner,
            "invoice_date": date.today().isoformat(),
            "invoice_line_ids": [(0, 0, {"name": f"Work {number + 1}", "quantity": 1, "price_unit": _AMOUNT})],
        }
        invoice = session.execute("account.move", "create", values)
        session.execute("account.move", "action_post", [invoice])
    return _INVOICES


def _orders(session: odoorpc.ODOO, partner: int) -> int:
    for _ in range(_ORDERS):
        session.execute("purchase.order", "create", {"partner_id": partner})
    return _ORDERS


def _timesheets(session: odoorpc.ODOO, _: int) -> int:
    """On a project that takes timesheets, by an employee: both are made when there is none."""
    if not has_model(session, "project.project") or not has_model(session, "hr.employee"):
        return 0
    if "project_id" not in session.execute("account.analytic.line", "fields_get", ["project_id"]):
        return 0
    company = session.execute("res.users", "read", [session.env.uid], ["company_id"])[0]["company_id"][0]
    found = session.execute(
        "project.project", "search", [("allow_timesheets", "=", True), ("company_id", "=", company)], 0, 1
    )
    project = (
        found[0]
        if found
        else session.execute(
            "project.project", "create", {"name": "odoo-gate", "allow_timesheets": True, "company_id": company}
        )
    )
    employee = session.execute("hr.employee", "create", {"name": "odoo-gate", "company_id": company})
    for hours in _TIMESHEET_HOURS:
        values = {
            "name": "Work", "project_id": project, "employee_id": employee, "unit_amount": hours,
            "date": date.today().isoformat(),
        }  # fmt: skip
        session.execute("account.analytic.line", "create", values)
    return len(_TIMESHEET_HOURS)
