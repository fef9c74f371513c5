from collections import defaultdict

from odoo import api, fields, models


class ConstructionBudgetLine(models.Model):
    """What a job may cost on one cost code, next to what is ordered and what is spent.

    All amounts are in the currency of the company.
    """

    _name = "construction.budget.line"
    _description = "Job Budget Line"
    _order = "project_id, cost_code_id, id"
    _check_company_auto = True

    project_id = fields.Many2one(
        "project.project",
        "Job",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain=[("is_template", "=", False)],
    )
    cost_code_id = fields.Many2one(
        "construction.cost.code", required=True, index=True, ondelete="restrict", check_company=True
    )
    cost_type = fields.Selection(related="cost_code_id.cost_type", store=True)
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, precompute=True, required=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary("Budget")
    committed_amount = fields.Monetary(
        "Committed", compute="_compute_costs", help="Ordered and not billed yet."
    )
    actual_amount = fields.Monetary("Actual", compute="_compute_costs", help="Billed, worked or charged.")
    forecast_amount = fields.Monetary(
        "Forecast", compute="_compute_costs", help="Committed and actual together."
    )
    variance_amount = fields.Monetary("Variance", compute="_compute_costs", help="Budget less forecast.")

    _project_code_unique = models.Constraint(
        "UNIQUE(project_id, cost_code_id)",
        "A job has one budget line for each cost code.",
    )
    _amount_positive = models.Constraint(
        "CHECK(amount >= 0)",
        "A budget cannot be negative.",
    )

    @api.depends("project_id.company_id")
    def _compute_company_id(self):
        for line in self:
            line.company_id = line.project_id.company_id or line.company_id or self.env.company

    @api.depends("project_id.name", "cost_code_id.display_name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.project_id.name or ''} / {line.cost_code_id.display_name or ''}"

    @api.depends("amount", "project_id.account_id", "cost_code_id")
    def _compute_costs(self):
        committed = self._get_committed_amounts()
        actual = self._get_actual_amounts()
        for line in self:
            key = (line.project_id.id, line.cost_code_id.id, line.company_id.id)
            line.committed_amount = committed.get(key, 0.0)
            line.actual_amount = actual.get(key, 0.0)
            line.forecast_amount = line.committed_amount + line.actual_amount
            line.variance_amount = line.amount - line.forecast_amount

    def _get_committed_amounts(self):
        """Return {(project id, cost code id, company id): ordered and not billed}.

        Add to it in modules that commit money in another way than by purchase orders.
        """
        # sudo: a site manager sees what a job costs, not each purchase order.
        groups = (
            self.env["purchase.order.line"]
            .sudo()
            ._read_group(
                [
                    ("job_id", "in", self.project_id.ids),
                    ("cost_code_id", "in", self.cost_code_id.ids),
                    ("state", "=", "purchase"),
                ],
                ["job_id", "cost_code_id", "company_id"],
                ["committed_amount:sum"],
            )
        )
        return defaultdict(
            float, {(job.id, code.id, company.id): amount for job, code, company, amount in groups}
        )

    def _get_actual_amounts(self):
        """Return {(project id, cost code id, company id): cost on the job's analytic account}."""
        projects = self.project_id
        # sudo: a site manager sees what labour costs in total, not each colleague's timesheet.
        groups = (
            self.env["account.analytic.line"]
            .sudo()
            ._read_group(
                [
                    ("account_id", "in", projects.account_id.ids),
                    ("cost_code_id", "in", self.cost_code_id.ids),
                ],
                ["account_id", "cost_code_id", "company_id"],
                ["amount:sum"],
            )
        )
        spent = {(account.id, code.id, company.id): -amount for account, code, company, amount in groups}
        return {
            (line.project_id.id, line.cost_code_id.id, line.company_id.id): spent.get(
                (line.project_id.account_id.id, line.cost_code_id.id, line.company_id.id), 0.0
            )
            for line in self
        }

    def action_open_actuals(self):
        """Open the analytic lines behind the actual cost."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "analytic.account_analytic_line_action_entries"
        )
        action["domain"] = [
            ("account_id", "=", self.project_id.account_id.id),
            ("cost_code_id", "=", self.cost_code_id.id),
        ]
        return action
