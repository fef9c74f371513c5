from odoo import fields, models


class Partner(models.Model):
    """Every contact has a tier from now on."""

    _inherit = "res.partner"

    tier = fields.Char(required=True, default="none")
