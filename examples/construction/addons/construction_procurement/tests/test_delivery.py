import hashlib
import hmac
import json
import time

from odoo.tests import HttpCase, tagged

from .common import ProcurementCase

REPORT = {"event": "e-1", "reference": "SP-1", "delivered_on": "2026-03-02", "delivery_note": "4711"}


@tagged("post_install", "-at_install")
class TestDelivery(ProcurementCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.sent_order()

    def _report(self, report=REPORT, *, secret="secret", age=0, signature=None):
        body = json.dumps(report).encode()
        timestamp = str(int(time.time()) - age)
        signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Portal-Timestamp": timestamp,
            "X-Portal-Signature": signed if signature is None else signature,
        }
        return self.url_open("/construction_procurement/delivery", data=body, headers=headers).status_code

    def _confirmations(self):
        self.env.invalidate_all()
        return self.order.delivery_confirmation_ids

    def test_a_delivery_is_recorded_and_told(self):
        self.assertEqual(self._report(), 200)
        self.assertRecordValues(self._confirmations(), [{"event": "e-1", "delivery_note": "4711"}])
        self.assertIn("4711", self.order.message_ids[0].body)

    def test_a_report_that_comes_twice_counts_once(self):
        self.assertEqual([self._report(), self._report()], [200, 200])
        self.assertEqual(len(self._confirmations()), 1)

    def test_who_does_not_sign_is_refused(self):
        for way in (
            {"signature": ""},
            {"signature": "é"},
            {"secret": "guess"},
            {"age": 3600},
            {"age": -3600},
        ):
            self.assertEqual(self._report(**way), 401)
        self.assertFalse(self._confirmations())

    def test_without_a_secret_nobody_is_believed(self):
        self.env["ir.config_parameter"].set_param("construction_procurement.webhook_secret", False)
        self.assertEqual(self._report(secret=""), 401)

    def test_what_cannot_be_read_is_refused(self):
        for report in ([], {}, {**REPORT, "event": 7}, {**REPORT, "delivered_on": "soon"}):
            self.assertEqual(self._report(report), 400)
        self.assertEqual(self._report({**REPORT, "reference": "SP-9"}), 404)
        self.assertFalse(self._confirmations())
