from odoo import fields, models


class Thing(models.Model):
    _name = "planted.thing"
    _description = "Thing"

    name = fields.Char()
    reference = fields.Char()
    note = fields.Char()
