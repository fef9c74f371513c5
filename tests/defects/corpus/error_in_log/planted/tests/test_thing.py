import logging

from odoo.tests import TransactionCase, tagged

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestThing(TransactionCase):
    def test_greeting(self):
        _logger.error("the ledger is out of balance")
