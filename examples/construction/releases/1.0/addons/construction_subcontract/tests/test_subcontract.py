from odoo.exceptions import UserError
from odoo.fields import Command

from .common import SubcontractCase


class TestSubcontract(SubcontractCase):
    def test_number_comes_from_the_sequence(self):
        self.assertRegex(self.create_subcontract(activate=False).name, r"^SC\d{4}-\d{4}$")

    def test_amount_is_the_sum_of_the_lines(self):
        self.assertEqual(self.create_subcontract().amount, 1500)

    def test_a_draft_commits_nothing(self):
        budget = self._create_budget()
        self.create_subcontract(activate=False)
        self.assertEqual(budget.committed_amount, 0)

    def test_an_active_subcontract_is_committed(self):
        budget = self._create_budget()
        self.create_subcontract()
        self.assertEqual(budget.committed_amount, 1000)

    def test_a_closed_subcontract_is_not_committed(self):
        budget = self._create_budget()
        self.create_subcontract().action_close()
        self.assertEqual(budget.committed_amount, 0)

    def test_committed_is_in_the_currency_of_the_company(self):
        currency = self.env["res.currency"].create(
            {"name": "XTS", "symbol": "x", "rate_ids": [Command.create({"name": "2000-01-01", "rate": 2.0})]}
        )
        budget = self._create_budget()
        self.create_subcontract(currency_id=currency.id)
        self.assertEqual(budget.committed_amount, 500)

    def test_without_lines_it_is_not_activated(self):
        with self.assertRaises(UserError):
            self.create_subcontract(line_ids=[])

    def test_what_was_agreed_does_not_change(self):
        subcontract = self.create_subcontract()
        with self.assertRaises(UserError):
            subcontract.line_ids[:1].price_unit = 1
        with self.assertRaises(UserError):
            subcontract.line_ids[:1].copy()

    def test_an_active_subcontract_is_not_deleted(self):
        with self.assertRaises(UserError):
            self.create_subcontract().unlink()

    def _create_budget(self):
        return self.env["construction.budget.line"].create(
            {"project_id": self.job.id, "cost_code_id": self.code.id, "amount": 2000}
        )
