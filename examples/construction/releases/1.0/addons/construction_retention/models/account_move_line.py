from collections import defaultdict

from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _is_due(self):
        """Whether the line is on a partner's account, to be paid, and not held as retention."""
        self.ensure_one()
        return self.account_id.account_type in ("asset_receivable", "liability_payable")

    def _get_retention_held(self, direction, company):
        """Return {(partner id, project id, currency id): amount held} of one company.

        Amounts are positive in the usual case: customers owe us, or we owe vendors.
        """
        account = company._get_retention_account(direction)
        sign = 1 if direction == "receivable" else -1
        lines = self.search(
            [
                ("account_id", "=", account.id),
                ("company_id", "=", company.id),
                ("parent_state", "=", "posted"),
            ]
        )
        held = defaultdict(float)
        for line in lines:
            key = (line.partner_id.id, line.move_id.retention_project_id.id, line.currency_id.id)
            held[key] += sign * line.amount_currency
        return held
