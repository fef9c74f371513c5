import uuid

import requests

from odoo import fields, models

TIMEOUT = (1, 1)
ATTEMPTS = 3


class PlantedOrder(models.Model):
    """An order, and as many ways to send it as there are mistakes to make."""

    _name = "planted.order"
    _description = "Planted order"

    name = fields.Char(required=True)
    key = fields.Char(default=lambda self: str(uuid.uuid4()))
    state = fields.Char(default="pending")
    visible = fields.Boolean()
    attempts = fields.Integer()

    def send(self, way):
        if self.state == "pending":
            getattr(self, "_send_" + way)()

    def _post(self, body=None, key=None, timeout=TIMEOUT):
        url = self.env["ir.config_parameter"].get_param("planted_calls.url")
        order = {"order": self.name, "total": 10.5} if body is None else body
        return requests.post(url + "/orders", json=order, headers={"Idempotency-Key": key or self.key}, timeout=timeout)

    def _try(self, **how):
        try:
            answer = self._post(**how)
            answer.raise_for_status()
            answer.json()["reference"]
        except (requests.RequestException, ValueError, KeyError) as error:
            refused = getattr(error, "response", None) is not None and error.response.status_code == 422
            self._failed(refused)
        else:
            self.state = "sent"

    def _failed(self, at_once):
        self.attempts += 1
        if at_once or self.attempts >= ATTEMPTS:
            self.write({"state": "failed", "visible": True})

    def _send_clean(self):
        self._try()

    def _send_duplicating(self):
        self._try(key=str(uuid.uuid4()))

    def _send_sharing_keys(self):
        self._try(key="order")

    def _send_incomplete(self):
        self._try(body={"order": self.name})

    def _send_hanging(self):
        self._try(timeout=None)

    def _send_idle(self):
        """Nothing: somebody took the line out."""

    def _send_impatient(self):
        self._try()
        if self.state == "pending":
            self.write({"state": "failed", "visible": True})

    def _send_status_blind(self):
        try:
            self._post()
        except requests.RequestException:
            self._failed(at_once=False)
        else:
            self.state = "sent"

    def _send_silent(self):
        self._try()
        self.visible = False


class PlantedReport(models.Model):
    """What was reported, as often as it was taken."""

    _name = "planted.report"
    _description = "Planted report"

    event = fields.Char(required=True)
    way = fields.Char(required=True)
