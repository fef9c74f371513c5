from unittest.mock import patch

import requests

from odoo.tests import tagged
from odoo.tests.common import BaseCase

from odoo.addons.construction_procurement.models.portal_client import (
    PortalRefused,
    PortalUnavailable,
    send_order,
)


def answer(status, content=b"{}", headers=None):
    response = requests.Response()
    response.status_code = status
    response._content = content
    response.headers.update(headers or {})
    return response


@tagged("post_install", "-at_install")
class TestPortalClient(BaseCase):
    def _send(self, answered):
        with patch.object(requests, "post", side_effect=[answered]) as self.post:
            return send_order("https://portal.example/api/", "token", "key-1", "{}")

    def test_an_order_gets_its_reference(self):
        self.assertEqual(self._send(answer(201, b'{"reference": "SP-1"}')), "SP-1")
        self.assertEqual(self.post.call_args.args, ("https://portal.example/api/orders",))
        sent = self.post.call_args.kwargs
        self.assertEqual(sent["headers"]["Idempotency-Key"], "key-1")
        self.assertTrue(all(sent["timeout"]))

    def test_the_network_is_tried_again(self):
        for error in (
            requests.ConnectionError(),
            requests.Timeout(),
            requests.exceptions.ChunkedEncodingError(),
        ):
            with self.assertRaises(PortalUnavailable):
                self._send(error)

    def test_what_the_portal_postpones_is_tried_again(self):
        with self.assertRaises(PortalUnavailable) as raised:
            self._send(answer(429, headers={"Retry-After": "30"}))
        self.assertEqual(raised.exception.retry_after, 30)
        with self.assertRaises(PortalUnavailable) as raised:
            self._send(answer(503))
        self.assertEqual(raised.exception.retry_after, 0)

    def test_an_answer_without_reference_is_asked_for_again(self):
        for content in (b"", b"<html>", b"[]", b"{}", b'{"reference": ""}', b'{"reference": 7}'):
            with self.assertRaises(PortalUnavailable):
                self._send(answer(200, content))

    def test_what_the_portal_refuses_is_not_tried_again(self):
        for status in (302, 400, 401, 422):
            with self.assertRaises(PortalRefused):
                self._send(answer(status))
