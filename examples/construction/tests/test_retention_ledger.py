"""From the signed subcontract to the ledger, through the browser's door, by the people who do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import odoorpc
import psycopg
import pytest

from odoo_gate.model import Finding
from pytest_odoo_gate.checks import GateRecord, require

PERCENT_DONE, RETENTION_PERCENT = 40, 5


@dataclass(frozen=True)
class Books:
    """Ids of the records that the tests work with."""

    company: int
    retention_payable: int
    job: int
    cost_code: int
    subcontractor: int


@pytest.fixture(scope="module")
def books(odoo: Callable[[str], odoorpc.ODOO]) -> Books:
    """Set the company up once, as its administrator does."""
    env = odoo("admin").env
    company = env.user.company_id.id
    env["account.chart.template"].try_loading([], "generic_coa", company)
    payable = env["account.account"].create(
        {
            "name": "Retention payable",
            "code": "215000",
            "account_type": "liability_current",
            "reconcile": True,
        }
    )
    journal = env["account.journal"].search([("type", "=", "general"), ("company_id", "=", company)], limit=1)
    env["res.company"].write(
        [company], {"retention_payable_account_id": payable, "retention_journal_id": journal[0]}
    )
    return Books(
        company=company,
        retention_payable=payable,
        job=env["project.project"].create(
            {"name": "Library", "company_id": company, "allow_timesheets": True}
        ),
        cost_code=env["construction.cost.code"].create(
            {"code": "22-100", "name": "Plumbing", "cost_type": "subcontract"}
        ),
        subcontractor=env["res.partner"].create({"name": "Pipes Ltd"}),
    )


@pytest.fixture(scope="module")
def subcontract(odoo: Callable[[str], odoorpc.ODOO], books: Books) -> int:
    """An active subcontract of 1,000, with 5 % retention."""
    subcontracts = odoo("contract_manager").env["construction.subcontract"]
    subcontract = subcontracts.create(
        {
            "description": "Plumbing of the library",
            "project_id": books.job,
            "partner_id": books.subcontractor,
            "retention_percent": RETENTION_PERCENT,
            "line_ids": [(0, 0, {"name": "Pipes", "cost_code_id": books.cost_code, "price_unit": 1000})],
        }
    )
    subcontracts.action_activate([subcontract])
    return subcontract


@pytest.fixture(scope="module")
def bill(odoo: Callable[[str], odoorpc.ODOO], subcontract: int) -> int:
    """The posted bill of a certificate for 40 % of the work, made by the site accountant."""
    env = odoo("site_accountant").env
    certificates = env["construction.progress.certificate"]
    certificate = certificates.create({"subcontract_id": subcontract})
    lines = certificates.read([certificate], ["line_ids"])[0]["line_ids"]
    env["construction.progress.certificate.line"].write(lines, {"percent_complete": PERCENT_DONE})
    certificates.action_certify([certificate])
    bill = certificates.action_create_bill([certificate])["res_id"]
    env["account.move"].action_post([bill])
    return bill


def test_retention_of_the_bill_is_in_the_ledger(bill: int, books: Books, odoo_db: psycopg.Connection) -> None:
    held = odoo_db.execute(
        """
        SELECT sum(-balance)
          FROM account_move_line
         WHERE account_id = %s AND partner_id = %s AND retention_project_id = %s AND parent_state = 'posted'
        """,
        (books.retention_payable, books.subcontractor, books.job),
    ).fetchone()
    assert held == (Decimal(20),)


def test_the_subcontractor_is_owed_the_rest(odoo: Callable[[str], odoorpc.ODOO], bill: int) -> None:
    moves = (
        odoo("site_accountant")
        .env["account.move"]
        .read([bill], ["amount_untaxed", "amount_total", "amount_residual"])
    )
    assert moves[0]["amount_untaxed"] == 400
    assert moves[0]["amount_total"] - moves[0]["amount_residual"] == 20


@pytest.mark.gate("books.retention-entries-balance")
def test_retention_entries_balance(bill: int, odoo_db: psycopg.Connection, gate_record: GateRecord) -> None:
    """A check of our own: it has an id, and shows in the evidence and in the report."""
    entries = odoo_db.execute(
        """
        SELECT move.name, sum(line.balance)
          FROM account_move move
          JOIN account_move_line line ON line.move_id = move.id
         WHERE move.move_type = 'entry' AND move.retention_project_id IS NOT NULL
      GROUP BY move.id
        """
    ).fetchall()
    assert entries, "there is no retention entry to check"
    gate_record.metric("retention_entries", len(entries), "1")
    require(
        Finding("unbalanced-retention", f"{name} is out of balance by {difference}")
        for name, difference in entries
        if difference
    )
