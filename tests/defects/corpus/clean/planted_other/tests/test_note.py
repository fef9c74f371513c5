from odoo.tests import TransactionCase


class TestNote(TransactionCase):
    def test_note(self):
        thing = self.env["planted.thing"].create({"name": "Ada", "note": "Lovelace"})
        self.assertEqual(thing.note, "Lovelace")
