from odoo import api, fields, models


class ProjectProject(models.Model):
    _inherit = "project.project"

    budget_line_ids = fields.One2many(
        "construction.budget.line",
        "project_id",
        "Job Budget",
        groups="construction_job_costing.group_job_user",
    )
    job_budget_amount = fields.Monetary(
        "Budget", compute="_compute_job_amounts", groups="construction_job_costing.group_job_user"
    )
    job_forecast_amount = fields.Monetary(
        "Forecast Cost", compute="_compute_job_amounts", groups="construction_job_costing.group_job_user"
    )

    @api.depends("budget_line_ids.amount", "budget_line_ids.forecast_amount")
    def _compute_job_amounts(self):
        for project in self:
            project.job_budget_amount = sum(project.budget_line_ids.mapped("amount"))
            project.job_forecast_amount = sum(project.budget_line_ids.mapped("forecast_amount"))

    def action_open_job_budget(self):
        """Open the budget of the job, by cost code."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "construction_job_costing.construction_budget_line_action"
        )
        action["domain"] = [("project_id", "=", self.id)]
        action["context"] = {"default_project_id": self.id}
        return action
