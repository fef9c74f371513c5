import json
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from odoo.addons.construction_procurement.models.construction_portal_message import MAX_ATTEMPTS
from odoo.addons.construction_procurement.models.portal_client import PortalRefused, PortalUnavailable

from .common import SEND, ProcurementCase


@tagged("post_install", "-at_install")
class TestOutbox(ProcurementCase):
    def test_a_confirmed_order_waits_in_the_outbox(self):
        order = self.confirm_order()
        message = order.portal_message_ids
        self.assertEqual(message.state, "pending")
        payload = json.loads(message.payload)
        self.assertEqual(payload["order"], order.name)
        self.assertEqual(payload["total"], 1225.0)
        self.assertEqual(payload["lines"][0]["product"], "C30")

    def test_orders_of_other_vendors_stay_here(self):
        self.assertFalse(self.confirm_order(vendor=self.stranger).portal_message_ids)

    def test_an_order_is_queued_once(self):
        order = self.confirm_order()
        order.button_approve()
        self.assertEqual(len(order.portal_message_ids), 1)

    def test_the_scheduled_action_sends_what_is_due(self):
        due, later = self.confirm_order().portal_message_ids, self.confirm_order().portal_message_ids
        later.next_attempt = fields.Datetime.now() + timedelta(hours=1)
        with patch(SEND, return_value="SP-7") as send, self.enter_registry_test_mode():
            self.env.ref("construction_procurement.ir_cron_send").method_direct_trigger()
        self.assertEqual(send.call_count, 1)
        self.assertRecordValues(
            due + later,
            [{"state": "sent", "portal_reference": "SP-7"}, {"state": "pending", "portal_reference": False}],
        )

    def test_a_second_attempt_has_the_same_key_and_body(self):
        message = self.confirm_order().portal_message_ids
        with patch(SEND, side_effect=[PortalUnavailable("down"), "SP-8"]) as send:
            message._send()
            message._send()
        self.assertEqual(send.call_args_list[0], send.call_args_list[1])
        self.assertRecordValues(message, [{"state": "sent", "attempts": 2, "last_error": False}])

    def test_two_orders_have_two_keys(self):
        first, second = self.confirm_order().portal_message_ids, self.confirm_order().portal_message_ids
        self.assertNotEqual(first._idempotency_key(), second._idempotency_key())

    @freeze_time("2026-03-02 08:00:00")
    def test_the_portal_says_when_to_come_back(self):
        message = self.confirm_order().portal_message_ids
        with patch(SEND, side_effect=PortalUnavailable("429", retry_after=7200)):
            message._send()
        self.assertEqual(message.state, "pending")
        self.assertEqual(message.next_attempt, fields.Datetime.to_datetime("2026-03-02 10:00:00"))

    def test_what_fails_too_often_is_shown_to_the_buyer(self):
        order = self.confirm_order()
        with (
            patch(SEND, side_effect=PortalUnavailable("down")),
            self.assertLogs("odoo.addons.construction_procurement", "WARNING"),
        ):
            for _attempt in range(MAX_ATTEMPTS):
                order.portal_message_ids._send()
        self.assertEqual(order.portal_message_ids.state, "failed")
        self.assertEqual(order.activity_ids.user_id, order.user_id)

    def test_what_is_refused_is_shown_at_once_and_can_be_sent_again(self):
        order = self.confirm_order()
        message = order.portal_message_ids
        with (
            patch(SEND, side_effect=PortalRefused("422")),
            self.assertLogs("odoo.addons.construction_procurement", "WARNING"),
        ):
            message._send()
        self.assertEqual(message.state, "failed")
        self.assertTrue(order.activity_ids)
        message.action_send_again()
        self.assertRecordValues(message, [{"state": "pending", "attempts": 0}])
        self.assertFalse(order.activity_ids)

    def test_without_an_address_nothing_is_lost(self):
        self.env["ir.config_parameter"].set_param("construction_procurement.portal_url", False)
        message = self.confirm_order().portal_message_ids
        with self.assertLogs("odoo.addons.construction_procurement", "WARNING"):
            message._send()
        self.assertEqual(message.state, "failed")
