from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestThing(TransactionCase):
    def test_greeting(self):
        thing = self.env["planted.thing"].create({"name": "Ada"})
        self.assertEqual(thing.greeting(), "Goodbye Ada")
