from odoo import api, fields, models


class PlantedThing(models.Model):
    _name = "planted.thing"
    _description = "Thing"

    name = fields.Char(required=True)
    number = fields.Integer(required=True)
    amount = fields.Float(required=True)
    state = fields.Selection([("draft", "Draft"), ("done", "Done"), ("cancelled", "Cancelled")], default="draft")
    partner_id = fields.Many2one("res.partner")
    secret = fields.Char(groups="base.group_system")
    active = fields.Boolean(default=True)

    def describe(self, language="en", detail=False):
        return ["%s %s %s" % (thing.name, language, detail) for thing in self]

    @api.model
    def totals(self, kind="all"):
        return {"kind": kind, "total": sum(self.search([]).mapped("amount"))}
