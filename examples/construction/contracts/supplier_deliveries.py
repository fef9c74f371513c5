"""What a delivery report speaks of, for odoo-gate: an order that the portal has taken."""

from odoo import fields


def prepare(env, say, interaction):
    """The order the portal knows by the reference of the Pact; nothing for the report of an unknown one."""
    if "nobody placed" in interaction:
        return {}
    vendor = env["res.partner"].create({"name": "Betoncentrale", "on_supplier_portal": True})
    product = env["product.product"].create({"name": "Concrete C30", "type": "consu"})
    line = {"product_id": product.id, "product_qty": 12.5, "price_unit": 98.0}
    order = env["purchase.order"].create(
        {"partner_id": vendor.id, "order_line": [fields.Command.create(line)]}
    )
    order.button_confirm()
    order.portal_message_ids.write({"state": "sent", "portal_reference": "SP-2026-0117"})
    return {}
