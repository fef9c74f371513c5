from odoo import fields, models


class Thing(models.Model):
    _inherit = "planted.thing"

    note = fields.Text()
    partner_id = fields.Many2one("res.country")
