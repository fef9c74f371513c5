from odoo import fields, models


class DeskPayslip(models.Model):
    _inherit = "desk.payslip"

    wage = fields.Float(groups="base.group_user")
