from odoo import fields, models


class Thing(models.Model):
    _name = "planted.thing"
    _description = "Thing"

    name = fields.Char(required=True)
    partner_id = fields.Many2one("res.partner")

    def greeting(self:
        self.ensure_one()
        return self.env._("Hello %(name)s", name=self.name)
