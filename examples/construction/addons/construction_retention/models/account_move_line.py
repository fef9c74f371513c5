from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    retention_project_id = fields.Many2one(
        "project.project",
        "Retention Job",
        index="btree_not_null",
        check_company=True,
        readonly=True,
        copy=False,
        help="Set on the lines of the retention accounts: retention is held by partner and job.",
    )

    def _get_retention_held(self, direction, company):
        """Return {(partner id, project id, currency id): amount held} of one company.

        Amounts are positive in the usual case: customers owe us, or we owe vendors.
        """
        account = company._get_retention_account(direction)
        sign = 1 if direction == "receivable" else -1
        groups = self._read_group(
            [
                ("account_id", "=", account.id),
                ("company_id", "=", company.id),
                ("parent_state", "=", "posted"),
            ],
            ["partner_id", "retention_project_id", "currency_id"],
            ["amount_currency:sum"],
        )
        return {
            (partner.id, project.id, currency.id): sign * amount or 0.0
            for partner, project, currency, amount in groups
        }
