from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RetentionCase


@tagged("post_install", "-at_install")
class TestRelease(RetentionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bill = cls.create_document("in_invoice", 1000)

    def test_number_comes_from_the_sequence(self):
        self.assertRegex(self.create_release(10).name, r"^RR/\d{4}/\d{4}$")

    def test_held_amount_is_shown(self):
        self.assertEqual(self.create_release(10).held_amount, 50)

    def test_full_release_clears_the_ledger(self):
        release = self.create_release(50)
        release.action_post()
        self.assertEqual(self.held("payable"), 0)
        self.assertTrue(
            self.bill.retention_move_id.line_ids.filtered(lambda line: not line._is_due()).reconciled
        )
        due = release.move_id.line_ids.filtered(lambda line: line._is_due())
        self.assertRecordValues(
            due, [{"account_id": self.partner_a.property_account_payable_id.id, "amount_residual": -50}]
        )

    def test_partial_release_keeps_the_rest(self):
        self.create_release(20).action_post()
        self.assertEqual(self.held("payable"), 30)

    def test_release_takes_the_oldest_first(self):
        newer = self.create_document("in_invoice", 2000, invoice_date="2026-04-01")
        self.create_release(60).action_post()
        older_line, newer_line = (
            bill.retention_move_id.line_ids.filtered(lambda line: not line._is_due())
            for bill in (self.bill, newer)
        )
        self.assertEqual((older_line.amount_residual, newer_line.amount_residual), (0, -90))

    def test_no_more_than_held(self):
        release = self.create_release(50.01)
        with self.assertRaises(UserError):
            release.action_post()

    def test_more_than_nothing(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.create_release(0)

    def test_no_release_twice(self):
        release = self.create_release(20)
        release.action_post()
        with self.assertRaises(UserError):
            release.action_post()

    def test_customer_release(self):
        self.create_document("out_invoice", 1000, percent=10)
        release = self.create_release(100, "receivable")
        release.action_post()
        self.assertEqual(self.held("receivable"), 0)
        due = release.move_id.line_ids.filtered(lambda line: line._is_due())
        self.assertEqual(due.amount_residual, 100)

    def test_other_currency_leaves_no_cent(self):
        currency = self.setup_other_currency("EUR", rates=[("2026-01-01", 3.0), ("2026-09-01", 2.0)])
        self.create_document("in_invoice", 1000, currency_id=currency.id)
        for amount in (20, 30):
            self.create_release(amount, currency_id=currency.id).action_post()
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.company.retention_payable_account_id.id),
                ("currency_id", "=", currency.id),
            ]
        )
        self.assertEqual(sum(lines.mapped("amount_currency")), 0)
        self.assertAlmostEqual(sum(lines.mapped("balance")), 0)
        self.assertTrue(all(lines.mapped("reconciled")))

    def test_cancel_holds_it_again(self):
        release = self.create_release(50)
        release.action_post()
        release.action_cancel()
        self.assertEqual(release.state, "cancelled")
        self.assertEqual(self.held("payable"), 50)

    def test_a_bill_with_released_retention_stays_posted(self):
        self.create_release(20).action_post()
        with self.assertRaises(UserError):
            self.bill.button_draft()

    def test_a_posted_release_is_not_deleted(self):
        release = self.create_release(20)
        release.action_post()
        with self.assertRaises(UserError):
            release.unlink()
