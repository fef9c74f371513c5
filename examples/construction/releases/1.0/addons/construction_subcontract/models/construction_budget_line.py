from odoo import models


class ConstructionBudgetLine(models.Model):
    _inherit = "construction.budget.line"

    def _get_committed_amounts(self):
        amounts = super()._get_committed_amounts()
        # sudo: as for purchase orders, the total is for everyone who sees the budget.
        groups = (
            self.env["construction.subcontract.line"]
            .sudo()
            ._read_group(
                [
                    ("project_id", "in", self.project_id.ids),
                    ("cost_code_id", "in", self.cost_code_id.ids),
                    ("state", "=", "active"),
                ],
                ["project_id", "cost_code_id", "company_id"],
                ["committed_amount:sum"],
            )
        )
        for project, cost_code, company, amount in groups:
            amounts[project.id, cost_code.id, company.id] += amount
        return amounts
