from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import CONTEXT, ProcurementCase


@tagged("post_install", "-at_install")
class TestSecurity(ProcurementCase):
    def _create_user(self, login, groups, company=None):
        company = company or self.env.company
        return new_test_user(
            self.env,
            login,
            groups=groups,
            company_id=company.id,
            company_ids=[fields.Command.set(company.ids)],
            context=CONTEXT,
        )

    def test_a_buyer_confirms_and_reads_but_does_not_write(self):
        buyer = self._create_user("buyer", "purchase.group_purchase_user")
        order = self.create_order().with_user(buyer)
        order.button_confirm()
        self.assertEqual(order.portal_message_ids.state, "pending")
        with self.assertRaises(AccessError):
            order.portal_message_ids.action_send_again()
        with self.assertRaises(AccessError):
            order.portal_message_ids.write({"state": "sent"})

    def test_other_companies_are_invisible(self):
        company = self.env["res.company"].create({"name": "De Vries Belgium"})
        buyer = self._create_user("belgian", "purchase.group_purchase_user", company)
        order = self.sent_order()
        for record in (
            order.portal_message_ids,
            order.delivery_confirmation_ids.create(
                {"event": "e-1", "message_id": order.portal_message_ids.id, "delivered_on": "2026-03-02"}
            ),
        ):
            with self.assertRaises(AccessError):
                record.with_user(buyer).read(["purchase_id"])

    def test_others_see_nothing(self):
        clerk = self._create_user("clerk", "base.group_user")
        for model in ("construction.portal.message", "construction.delivery.confirmation"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(clerk).search([])
