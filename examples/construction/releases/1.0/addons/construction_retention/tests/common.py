from odoo.fields import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


class RetentionCase(AccountTestInvoicingCommon):
    """A company with retention accounts, and a job with 10 % customer retention."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.configure_retention(cls.company, cls.company_data["default_journal_misc"])
        cls.job = cls.env["project.project"].create(
            {"name": "School", "company_id": cls.company.id, "retention_percent": 10}
        )

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref("project.group_project_manager")

    @classmethod
    def configure_retention(cls, company, journal):
        receivable, payable = (
            cls.env["account.account"]
            .with_company(company)
            .create(
                [
                    {
                        "name": f"Retention {account_type}",
                        "code": code,
                        "account_type": account_type,
                        "reconcile": True,
                        "company_ids": [Command.link(company.id)],
                    }
                    for code, account_type in (("RET110", "asset_current"), ("RET210", "liability_current"))
                ]
            )
        )
        company.write(
            {
                "retention_receivable_account_id": receivable.id,
                "retention_payable_account_id": payable.id,
                "retention_journal_id": journal.id,
            }
        )

    @classmethod
    def create_document(cls, move_type, amount=1000.0, percent=5.0, post=True, **vals):
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": cls.partner_a.id,
                "invoice_date": "2026-03-02",
                "retention_project_id": cls.job.id,
                "retention_percent": percent,
                "invoice_line_ids": [
                    Command.create({"name": "Work", "price_unit": amount, "quantity": 1, "tax_ids": False})
                ],
                **vals,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def held(cls, direction, currency=None, company=None):
        """Return what the ledger holds of partner_a on the job."""
        company = company or cls.company
        held = cls.env["account.move.line"]._get_retention_held(direction, company)
        return held.get((cls.partner_a.id, cls.job.id, (currency or company.currency_id).id), 0.0)

    @classmethod
    def create_release(cls, amount, direction="payable", **vals):
        return cls.env["construction.retention.release"].create(
            {
                "direction": direction,
                "partner_id": cls.partner_a.id,
                "project_id": cls.job.id,
                "date": "2026-09-01",
                "amount": amount,
                **vals,
            }
        )
