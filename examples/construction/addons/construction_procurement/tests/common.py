from unittest.mock import patch

from odoo import fields
from odoo.tests.common import TransactionCase

CONTEXT = {"tracking_disable": True, "no_reset_password": True, "mail_create_nolog": True}
SEND = "odoo.addons.construction_procurement.models.construction_portal_message.send_order"
PARAMETERS = {
    "construction_procurement.portal_url": "https://portal.example/api",
    "construction_procurement.portal_token": "token",
    "construction_procurement.webhook_secret": "secret",
}


class ProcurementCase(TransactionCase):
    """A vendor on the portal, one who is not, and the portal as it would answer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, **CONTEXT})
        for key, value in PARAMETERS.items():
            cls.env["ir.config_parameter"].set_param(key, value)
        cls.vendor, cls.stranger = cls.env["res.partner"].create(
            [
                {"name": "Betoncentrale", "on_supplier_portal": True},
                {"name": "Hardware Store"},
            ]
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Concrete C30", "default_code": "C30", "type": "consu"}
        )

    @classmethod
    def create_order(cls, vendor=None, **vals):
        return cls.env["purchase.order"].create(
            {
                "partner_id": (vendor or cls.vendor).id,
                "order_line": [
                    fields.Command.create(
                        {
                            "product_id": cls.product.id,
                            "product_qty": 12.5,
                            "price_unit": 98.0,
                            "tax_ids": False,
                        }
                    )
                ],
                **vals,
            }
        )

    @classmethod
    def confirm_order(cls, **vals):
        order = cls.create_order(**vals)
        order.button_confirm()
        return order

    @classmethod
    def sent_order(cls, reference="SP-1"):
        order = cls.confirm_order()
        with patch(SEND, return_value=reference):
            order.portal_message_ids._send()
        return order
