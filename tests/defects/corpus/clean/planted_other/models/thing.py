from odoo import fields, models


class Thing(models.Model):
    _inherit = "planted.thing"

    note = fields.Text()
