from odoo import api, models


class AccountAnalyticLine(models.Model):
    _name = "account.analytic.line"
    _inherit = ["account.analytic.line", "construction.payroll.source"]

    @api.model
    def _get_payroll_fields(self):
        return super()._get_payroll_fields() | {"date", "unit_amount", "project_id", "cost_code_id"}
