"""The accounts and the journal that hold retention; releases of what customers held back."""

from odoo.fields import Command

MODULES = ("construction_retention",)


def masters(world):
    for company in world.companies:
        receivable, payable = company["account.account"].create(
            [
                {"name": "Retention " + name, "code": code, "account_type": kind, "reconcile": True,
                 "company_ids": [Command.link(company.record.id)]}
                for name, code, kind in (
                    ("receivable", "121900", "asset_current"), ("payable", "211900", "liability_current"))
            ]
        )  # fmt: skip
        journal = company["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", company.record.id)], order="id", limit=1
        )
        company.record.write(
            {"retention_receivable_account_id": receivable.id, "retention_payable_account_id": payable.id,
             "retention_journal_id": journal.id}
        )  # fmt: skip


def documents(world):
    for job in world.jobs[::2]:
        _released(world, job)


def _released(world, job):
    """A final invoice whose retention is released: on a job and for a client of its own, so nothing else is held."""
    company = job.company
    with world.document("retention-released", job=job, day=2):
        client = company["res.partner"].create({"name": "Final account " + job.number, "is_company": True})
        move = company["account.move"].create(
            {"move_type": "out_invoice", "partner_id": client.id, "invoice_date": world.day(2), "date": world.day(2),
             "company_id": company.record.id, "retention_project_id": job.project.id, "retention_percent": 5.0,
             "invoice_line_ids": [Command.create(
                 {"name": "Final account", "quantity": 1, "price_unit": 8000.0,
                  "analytic_distribution": job.distribution})]}
        )  # fmt: skip
        move.action_post()
        release = company["construction.retention.release"].create(
            {"direction": "receivable", "partner_id": client.id, "project_id": job.project.id,
             "date": world.day(50), "amount": 200.0, "company_id": company.record.id,
             "currency_id": company.record.currency_id.id}
        )  # fmt: skip
        release.action_post()
