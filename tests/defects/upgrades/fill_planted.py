"""Inside Odoo: a little business in two companies, and rows in the planted modules. Run by the defects' test."""

from __future__ import annotations

from typing import Any

COMPANY = "Second"
RETENTION_CODE = "290099"


def fill(env: Any, say: Any, modules: list[str], big: list[str], rows: int) -> None:
    """Post entries in both companies; put `rows` records into `big` modules, few into the others."""
    companies = env.company + env["res.company"].create({"name": COMPANY})
    for company in companies:
        say(f"entries of {company.name}")
        env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
        _post(env(context={**env.context, "allowed_company_ids": company.ids})["account.move"], company)
    for module in modules:
        _things(env, module, rows if module in big else 20)


def _post(moves: Any, company: Any) -> None:
    env = moves.env
    account = env["account.account"].create(
        {"code": RETENTION_CODE, "name": "Retention", "account_type": "liability_current", "reconcile": False}
    )
    income = env["account.account"].search([("account_type", "=", "income")], limit=1)
    journal = env["account.journal"].search([("type", "=", "general"), ("company_id", "=", company.id)], limit=1)
    partners = env["res.partner"].create([{"name": f"Subcontractor {number}"} for number in (1, 2)])
    for number, partner in enumerate(partners):
        amount = 100.0 + number
        move = moves.create(
            {
                "journal_id": journal.id,
                "line_ids": [
                    (0, 0, {"account_id": income.id, "partner_id": partner.id, "debit": amount, "name": "work"}),
                    (0, 0, {"account_id": account.id, "partner_id": partner.id, "credit": amount, "name": "held"}),
                ],
            }
        )
        move.action_post()


def _things(env: Any, module: str, rows: int) -> None:
    table = f"{module}_thing"
    env.cr.execute(
        f"""
        INSERT INTO {table} (name, code, quantity, create_uid, write_uid)
        SELECT jsonb_build_object('en_US', 'Thing ' || i, 'fr_FR', 'Chose ' || i),
               CASE WHEN mod(i, 2) = 0 THEN 'C' || i END, i, 1, 1
          FROM generate_series(1, %s) AS i
        """,
        [rows],
    )
    thing = env.ref(f"{module}.first")
    env["ir.attachment"].create(
        {"name": "drawing.txt", "raw": f"drawing of {module}".encode(), "res_model": thing._name, "res_id": thing.id}
    )
