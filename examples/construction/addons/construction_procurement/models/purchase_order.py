from odoo import fields, models


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    portal_message_ids = fields.One2many(
        "construction.portal.message", "purchase_id", "Supplier Portal", readonly=True, copy=False
    )
    delivery_confirmation_ids = fields.One2many(
        "construction.delivery.confirmation", "purchase_id", "Deliveries", readonly=True, copy=False
    )

    def button_approve(self, force=False):
        result = super().button_approve(force=force)
        self.env["construction.portal.message"]._queue(self)
        return result
