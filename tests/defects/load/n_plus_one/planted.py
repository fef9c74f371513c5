from odoo import models


class BudgetLine(models.Model):
    _inherit = "construction.budget.line"

    def _compute_costs(self):
        for line in self:
            super(BudgetLine, line)._compute_costs()
