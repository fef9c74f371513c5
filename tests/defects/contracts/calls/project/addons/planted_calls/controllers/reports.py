import hashlib
import hmac
import json
import time

from odoo import http
from odoo.http import request

SECONDS = 300


class ReportController(http.Controller):
    """One route a mistake."""

    @http.route("/planted/clean", type="http", auth="public", methods=["POST"], csrf=False)
    def clean(self):
        return self._take("clean") if self._is_signed() else self._answer(401)

    @http.route("/planted/unsigned", type="http", auth="public", methods=["POST"], csrf=False)
    def unsigned(self):
        return self._take("unsigned")

    @http.route("/planted/forged", type="http", auth="public", methods=["POST"], csrf=False)
    def forged(self):
        return self._take("forged") if request.httprequest.headers.get("X-Signature") else self._answer(401)

    @http.route("/planted/stale", type="http", auth="public", methods=["POST"], csrf=False)
    def stale(self):
        return self._take("stale") if self._is_signed(fresh=False) else self._answer(401)

    @http.route("/planted/counting_twice", type="http", auth="public", methods=["POST"], csrf=False)
    def counting_twice(self):
        return self._take("counting_twice", once=False) if self._is_signed() else self._answer(401)

    @http.route("/planted/swallowing", type="http", auth="public", methods=["POST"], csrf=False)
    def swallowing(self):
        if not self._is_signed():
            return self._answer(401)
        try:
            self._take("swallowing", event=self._body()["id"])
        except KeyError:
            return self._answer(200)
        return self._answer(200)

    @http.route("/planted/refusing_again", type="http", auth="public", methods=["POST"], csrf=False)
    def refusing_again(self):
        if not self._is_signed():
            return self._answer(401)
        return self._answer(409) if self._known("refusing_again") else self._take("refusing_again")

    def _body(self):
        return json.loads(request.httprequest.get_data())

    def _is_signed(self, fresh=True):
        headers = request.httprequest.headers
        timestamp = headers.get("X-Timestamp", "0")
        if fresh and abs(time.time() - int(timestamp)) > SECONDS:
            return False
        secret = request.env["ir.config_parameter"].sudo().get_param("planted_calls.secret")
        signed = timestamp.encode() + b"." + request.httprequest.get_data()
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, headers.get("X-Signature", ""))

    def _known(self, way):
        reports = request.env["planted.report"].sudo()
        return reports.search_count([("event", "=", self._body()["event"]), ("way", "=", way)])

    def _take(self, way, once=True, event=None):
        if not (once and self._known(way)):
            values = {"event": event or self._body()["event"], "way": way}
            request.env["planted.report"].sudo().create(values)
        return self._answer(200)

    def _answer(self, status):
        return request.make_json_response({}, status=status)
