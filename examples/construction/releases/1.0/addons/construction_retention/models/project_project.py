from odoo import fields, models


class ProjectProject(models.Model):
    _inherit = "project.project"

    retention_percent = fields.Float(
        "Customer Retention (%)",
        digits=(5, 2),
        help="What the customer holds back of each invoice for this job.",
    )
