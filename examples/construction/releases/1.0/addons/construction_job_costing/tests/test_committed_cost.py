from odoo.exceptions import UserError
from odoo.fields import Command

from .common import JobCase


class TestCommittedCost(JobCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget = cls._create_budget(cls.plaster, 1000)
        cls.product = cls.env["product.product"].create(
            {
                "name": "Plaster bag",
                "type": "consu",
                "supplier_taxes_id": False,
                "purchase_method": "purchase",
            }
        )

    def _create_order(self, **vals):
        return self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "project_id": self.job.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_qty": 10,
                            "price_unit": 20,
                            "cost_code_id": self.plaster.id,
                        }
                    )
                ],
                **vals,
            }
        )

    def test_a_quotation_commits_nothing(self):
        self._create_order()
        self.assertEqual(self.budget.committed_amount, 0)

    def test_a_confirmed_order_is_committed(self):
        self._create_order().button_confirm()
        self.assertRecordValues(self.budget, [{"committed_amount": 200, "variance_amount": 800}])

    def test_a_cancelled_order_is_not(self):
        order = self._create_order()
        order.button_confirm()
        order.button_cancel()
        self.assertEqual(self.budget.committed_amount, 0)

    def test_committed_is_in_the_currency_of_the_company(self):
        currency = self.env["res.currency"].create(
            {"name": "XTS", "symbol": "x", "rate_ids": [Command.create({"name": "2000-01-01", "rate": 4.0})]}
        )
        self._create_order(currency_id=currency.id).button_confirm()
        self.assertEqual(self.budget.committed_amount, 50)

    def test_cost_code_goes_to_the_bill_line(self):
        order = self._create_order()
        self.assertEqual(order.order_line._prepare_account_move_line()["cost_code_id"], self.plaster.id)

    def test_cost_code_of_another_company_is_refused(self):
        foreign = self.plaster.copy({"company_id": self.other_company.id})
        order = self._create_order()
        with self.assertRaises(UserError):
            order.order_line.cost_code_id = foreign
