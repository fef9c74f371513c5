from odoo import api, fields, models


class ConstructionDeliveryConfirmation(models.Model):
    """A delivery as the supplier portal reports it."""

    _name = "construction.delivery.confirmation"
    _description = "Delivery Confirmation"
    _order = "delivered_on desc, id desc"
    _rec_name = "event"

    event = fields.Char(required=True, readonly=True, help="The portal's name of this report.")
    message_id = fields.Many2one(
        "construction.portal.message", required=True, readonly=True, index=True, ondelete="cascade"
    )
    purchase_id = fields.Many2one(related="message_id.purchase_id", store=True, index=True)
    company_id = fields.Many2one(related="message_id.company_id", store=True, index=True)
    delivered_on = fields.Date(required=True, readonly=True)
    delivery_note = fields.Char(readonly=True)

    _event_unique = models.Constraint("UNIQUE(event)", "A delivery is confirmed once.")

    @api.model
    def _receive(self, report):
        """Record a report and say so on the order; one that is known already changes nothing.

        Returns False when no order was sent under the report's reference.
        """
        if self.search_count([("event", "=", report["event"])], limit=1):
            return True
        message = self.env["construction.portal.message"].search(
            [("portal_reference", "=", report["reference"])], limit=1
        )
        if not message:
            return False
        confirmation = self.create(
            {
                "event": report["event"],
                "message_id": message.id,
                "delivered_on": report["delivered_on"],
                "delivery_note": report.get("delivery_note"),
            }
        )
        message.purchase_id.message_post(
            body=self.env._(
                "Delivered on %(day)s, delivery note %(note)s",
                day=confirmation.delivered_on,
                note=confirmation.delivery_note or "-",
            )
        )
        return True
