from odoo import fields, models


class ProjectProject(models.Model):
    _inherit = "project.project"

    retention_percent = fields.Float(
        "Customer Retention (%)",
        digits=(5, 2),
        help="What the customer holds back of each invoice for this job.",
    )

    _retention_percent_range = models.Constraint(
        "CHECK(retention_percent >= 0 AND retention_percent <= 100)",
        "The retention of a job is between 0 and 100 %.",
    )
