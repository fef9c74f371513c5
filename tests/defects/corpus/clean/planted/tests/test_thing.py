from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestThing(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.thing = cls.env["planted.thing"].create({"name": "Ada"})

    def test_greeting(self):
        self.assertEqual(self.thing.greeting(), "Hello Ada")


@tagged("at_install", "-post_install")
class TestThingAlone(TransactionCase):
    def test_data(self):
        self.assertEqual(self.env.ref("planted.thing_first").name, "First")
