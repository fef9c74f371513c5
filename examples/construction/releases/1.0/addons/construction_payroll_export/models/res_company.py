from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    payroll_code = fields.Char(size=10, help="The number of this company at the payroll bureau.")
