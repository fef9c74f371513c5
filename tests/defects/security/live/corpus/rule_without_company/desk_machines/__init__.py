from odoo import fields, models


class DeskMachine(models.Model):
    _name = "desk.machine"
    _description = "Machine"

    name = fields.Char(required=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
