from odoo import api, fields, models


class AccountAnalyticLine(models.Model):
    _inherit = "account.analytic.line"

    cost_code_id = fields.Many2one(
        "construction.cost.code",
        compute="_compute_cost_code_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        check_company=True,
    )

    @api.depends("task_id")
    def _compute_cost_code_id(self):
        for line in self:
            line.cost_code_id = line.task_id.cost_code_id or line.cost_code_id
