from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestThing(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.thing = cls.env["no_such_model"].create({})

    def test_greeting(self):
        self.assertTrue(self.thing)
