from odoo import fields, models


class Thing(models.Model):
    _name = "planted.thing"
    _description = "Thing"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    note = fields.Char()
    quantity = fields.Integer()
    partner_id = fields.Many2one("res.partner")

    _code_idx = models.Index("(code)")
