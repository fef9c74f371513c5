"""Work for the job that sends orders to the supplier portal, for odoo-gate: orders that it cannot deliver."""

from odoo import fields

ORDERS = 40


def prepare(env, say):
    """Confirmed orders in the outbox of a portal without an address: each becomes one warning to its buyer."""
    env["ir.config_parameter"].set_param("construction_procurement.portal_url", False)
    vendor = env["res.partner"].create({"name": "Betoncentrale Noord", "on_supplier_portal": True})
    product = env["product.product"].create({"name": "Concrete C35", "type": "consu"})
    line = {"product_id": product.id, "product_qty": 8.0, "price_unit": 104.0}
    orders = env["purchase.order"].create(
        [{"partner_id": vendor.id, "order_line": [fields.Command.create(line)]} for _ in range(ORDERS)]
    )
    orders.button_confirm()
    say(f"{len(orders)} orders wait to be sent")
    return orders.ids
