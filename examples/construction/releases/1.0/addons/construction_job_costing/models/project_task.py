from odoo import fields, models


class ProjectTask(models.Model):
    _inherit = "project.task"

    cost_code_id = fields.Many2one(
        "construction.cost.code",
        index="btree_not_null",
        check_company=True,
        help="Hours booked on the task go to this cost code.",
    )
