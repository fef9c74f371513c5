import json
import logging
from datetime import timedelta

from odoo import api, fields, models

from .portal_client import PortalRefused, PortalUnavailable, send_order

_logger = logging.getLogger(__name__)

BATCH = 50
BACKOFF_MINUTES = (1, 5, 30, 120)
MAX_ATTEMPTS = len(BACKOFF_MINUTES) + 1


class ConstructionPortalMessage(models.Model):
    """An order on its way to the supplier portal.

    It is written in the transaction that confirms the order and sent in one of its own, so that no order is
    confirmed without its message, and no message sent for an order that was rolled back.
    """

    _name = "construction.portal.message"
    _description = "Message to the Supplier Portal"
    _order = "id desc"
    _rec_name = "purchase_id"

    purchase_id = fields.Many2one(
        "purchase.order", "Order", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="purchase_id.company_id", store=True, index=True)
    payload = fields.Text(required=True, readonly=True, help="What is sent: the order as it was confirmed.")
    state = fields.Selection(
        [("pending", "To Send"), ("sent", "Sent"), ("failed", "Failed")],
        default="pending",
        required=True,
        readonly=True,
        index=True,
    )
    attempts = fields.Integer(readonly=True)
    next_attempt = fields.Datetime(readonly=True, default=fields.Datetime.now)
    last_error = fields.Char(readonly=True)
    portal_reference = fields.Char("Portal's Reference", readonly=True, index=True)

    @api.model
    def _queue(self, orders):
        """Write the message of each of `orders` that goes to the portal and has none."""
        unsent = orders.filtered(
            lambda order: (
                order.state == "purchase"
                and order.partner_id.commercial_partner_id.on_supplier_portal
                and not order.sudo().portal_message_ids
            )
        )
        if not unsent:
            return
        # sudo: the outbox is the system's; a buyer only reads it.
        self.sudo().create([{"purchase_id": order.id, "payload": self._payload(order)} for order in unsent])
        self.env.ref("construction_procurement.ir_cron_send").sudo()._trigger()

    @api.model
    def _payload(self, order):
        """Return the order as the portal's JSON."""
        lines = order.order_line.filtered(lambda line: not line.display_type)
        return json.dumps(
            {
                "order": order.name,
                "buyer": order.company_id.vat or order.company_id.name,
                "supplier": order.partner_id.commercial_partner_id.ref or order.partner_id.display_name,
                "currency": order.currency_id.name,
                "total": round(order.amount_total, 2),
                "lines": [
                    {
                        "product": line.product_id.default_code or line.name,
                        "quantity": line.product_qty,
                        "unit": line.product_uom_id.name,
                        "price": line.price_unit,
                    }
                    for line in lines
                ],
            },
            sort_keys=True,
        )

    @api.model
    def _cron_send(self):
        """Send what is due, each message in a transaction of its own."""
        due = self.search(
            [("state", "=", "pending"), ("next_attempt", "<=", fields.Datetime.now())],
            order="id",
            limit=BATCH,
        )
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for message in due:
            locked = message.try_lock_for_update()
            locked.invalidate_recordset()  # another worker may have sent it before we had the lock
            if locked.state == "pending":
                locked._send()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _send(self):
        self.ensure_one()
        parameter = self.env["ir.config_parameter"].sudo().get_param
        url = parameter("construction_procurement.portal_url")
        if not url:
            self._fail("the portal's address is not set")
            return
        token = parameter("construction_procurement.portal_token", "")
        try:
            reference = send_order(url, token, self._idempotency_key(), self.payload)
        except PortalRefused as error:
            self._fail(str(error))
        except PortalUnavailable as error:
            self._try_later(str(error), error.retry_after)
        else:
            self.write(
                {
                    "state": "sent",
                    "attempts": self.attempts + 1,
                    "portal_reference": reference,
                    "last_error": False,
                    "next_attempt": False,
                }
            )

    def _idempotency_key(self):
        """Return what stays the same however often this message is sent, and is no other message's."""
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"{database}-{self.id}"

    def _try_later(self, error, wait_seconds):
        if self.attempts + 1 >= MAX_ATTEMPTS:
            self._fail(error)
            return
        wait = max(timedelta(minutes=BACKOFF_MINUTES[self.attempts]), timedelta(seconds=wait_seconds))
        _logger.info("%s: %s; attempt %s", self.purchase_id.name, error, self.attempts + 1)
        self.write(
            {
                "attempts": self.attempts + 1,
                "last_error": error,
                "next_attempt": fields.Datetime.now() + wait,
            }
        )

    def _fail(self, error):
        """Give up, and tell the buyer."""
        _logger.warning("%s was not sent to the supplier portal: %s", self.purchase_id.name, error)
        self.write(
            {"state": "failed", "attempts": self.attempts + 1, "last_error": error, "next_attempt": False}
        )
        order = self.purchase_id
        order.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._("Not sent to the supplier portal"),
            note=error,
            user_id=(order.user_id or order.create_uid).id,
        )

    def action_send_again(self):
        """Put failed messages back into the outbox; they keep their keys."""
        self.check_access("write")
        failed = self.filtered(lambda message: message.state == "failed")
        failed.write({"state": "pending", "attempts": 0, "next_attempt": fields.Datetime.now()})
        failed.purchase_id.activity_unlink(["mail.mail_activity_data_warning"])
        # sudo: whoever may send again need not be allowed to schedule.
        self.env.ref("construction_procurement.ir_cron_send").sudo()._trigger()
