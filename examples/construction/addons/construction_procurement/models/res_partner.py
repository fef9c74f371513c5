from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    on_supplier_portal = fields.Boolean(
        "Orders by Supplier Portal", help="Confirmed orders are sent through the supplier portal."
    )
