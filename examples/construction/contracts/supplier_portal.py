"""How an order gets to the supplier portal, for odoo-gate: what production does, one step after the other."""

from odoo import fields


def prepare(env, say, interaction):
    """An order that waits in the outbox, by its number."""
    env["ir.config_parameter"].set_param("construction_procurement.portal_token", "a-token-for-rehearsals")
    vendor = env["res.partner"].create({"name": "Betoncentrale", "on_supplier_portal": True})
    product = env["product.product"].create({"name": "Concrete C30", "default_code": "C30", "type": "consu"})
    line = {"product_id": product.id, "product_qty": 12.5, "price_unit": 98.0}
    order = env["purchase.order"].create(
        {"partner_id": vendor.id, "order_line": [fields.Command.create(line)]}
    )
    order.button_confirm()
    return order.name


def send(env, say, key):
    """What the scheduled action does, now and not when it is due."""
    message = env["construction.portal.message"].search([("purchase_id.name", "=", key)], limit=1)
    if message.state == "pending":
        message.next_attempt = fields.Datetime.now()
    env["construction.portal.message"]._cron_send()
