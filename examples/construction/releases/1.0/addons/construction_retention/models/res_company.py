from odoo import api, fields, models
from odoo.exceptions import UserError


class ResCompany(models.Model):
    _inherit = "res.company"

    retention_receivable_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        domain=[("account_type", "in", ("asset_current", "asset_non_current")), ("reconcile", "=", True)],
        help="What customers hold back until the work is accepted.",
    )
    retention_payable_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        domain=[
            ("account_type", "in", ("liability_current", "liability_non_current")),
            ("reconcile", "=", True),
        ],
        help="What we hold back from vendors until the work is accepted.",
    )
    retention_journal_id = fields.Many2one(
        "account.journal",
        check_company=True,
        domain=[("type", "=", "general")],
    )

    @api.constrains("retention_receivable_account_id", "retention_payable_account_id", "retention_journal_id")
    def _check_retention_company(self):
        self._check_company(
            ["retention_receivable_account_id", "retention_payable_account_id", "retention_journal_id"]
        )

    def _get_retention_account(self, direction):
        """Return the ledger account of retention `receivable` (customers) or `payable` (vendors)."""
        self.ensure_one()
        account = self[f"retention_{direction}_account_id"]
        if not account or not self.retention_journal_id:
            raise UserError(
                self.env._(
                    "Set the retention accounts and journal of %s in the accounting settings.", self.name
                )
            )
        return account
