import hashlib
import hmac
import json
import time

from odoo import fields, http
from odoo.http import request

SIGNATURE_SECONDS = 300
"""How old a signature may be: an overheard report cannot be sent again later."""


class DeliveryController(http.Controller):
    # csrf: the caller is no browser and has no session; the signature proves who it is.
    @http.route(
        "/construction_procurement/delivery",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def receive(self):
        """Take a delivery report. 401 unsigned, 400 unreadable, 404 unknown order, 200 recorded."""
        body = request.httprequest.get_data()
        headers = request.httprequest.headers
        if not self._is_signed(
            body, headers.get("X-Portal-Timestamp", ""), headers.get("X-Portal-Signature", "")
        ):
            return self._answer(401, "not signed")
        report = self._report(body)
        if report is None:
            return self._answer(400, "not a delivery report")
        # sudo: the portal is no user; what it may write is this one record.
        known = request.env["construction.delivery.confirmation"].sudo()._receive(report)
        return self._answer(200, "recorded") if known else self._answer(404, "unknown reference")

    def _is_signed(self, body, timestamp, signature):
        # sudo: the secret is nobody's to read.
        secret = (
            request.env["ir.config_parameter"].sudo().get_param("construction_procurement.webhook_secret")
        )
        if not secret or not (timestamp.isascii() and timestamp.isdecimal()):
            return False
        if abs(time.time() - int(timestamp)) > SIGNATURE_SECONDS:
            return False
        expected = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), signature.encode())

    def _report(self, body):
        """Return the report, its day read, or None when it is not one."""
        try:
            report = json.loads(body)
            day = fields.Date.to_date(report["delivered_on"])
        except (ValueError, KeyError, TypeError):
            return None
        named = all(isinstance(report.get(key), str) and report[key] for key in ("event", "reference"))
        return {**report, "delivered_on": day} if named and day else None

    def _answer(self, status, text):
        return request.make_json_response({"status": text}, status=status)
