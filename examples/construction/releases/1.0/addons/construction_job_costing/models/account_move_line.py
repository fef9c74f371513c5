from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    cost_code_id = fields.Many2one("construction.cost.code", index="btree_not_null", check_company=True)

    def _prepare_analytic_distribution_line(self, distribution, account_ids, distribution_on_each_plan):
        vals = super()._prepare_analytic_distribution_line(
            distribution, account_ids, distribution_on_each_plan
        )
        return {**vals, "cost_code_id": self.cost_code_id.id}
