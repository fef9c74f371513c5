from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import RetentionCase


@tagged("post_install", "-at_install")
class TestWithhold(RetentionCase):
    def test_customer_percent_comes_from_the_job(self):
        invoice = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.partner_a.id, "retention_project_id": self.job.id}
        )
        self.assertEqual(invoice.retention_percent, 10)

    def test_retention_needs_a_job(self):
        with self.assertRaises(ValidationError):
            self.create_document("in_invoice", retention_project_id=False)

    def test_retention_is_of_the_untaxed_amount(self):
        bill = self.create_document("in_invoice", post=False)
        bill.invoice_line_ids.tax_ids = self.tax_purchase_a
        self.assertEqual(bill.retention_amount, 50)

    def test_a_draft_holds_nothing(self):
        bill = self.create_document("in_invoice", post=False)
        self.assertFalse(bill.retention_move_id)
        self.assertEqual(self.held("payable"), 0)

    def test_vendor_bill(self):
        bill = self.create_document("in_invoice")
        self.assertEqual(bill.amount_residual, 950)
        self.assertEqual(self.held("payable"), 50)
        self.assertRecordValues(
            bill.retention_move_id.line_ids.sorted("balance"),
            [
                {
                    "account_id": self.company.retention_payable_account_id.id,
                    "balance": -50,
                    "partner_id": self.partner_a.id,
                },
                {
                    "account_id": self.partner_a.property_account_payable_id.id,
                    "balance": 50,
                    "partner_id": self.partner_a.id,
                },
            ],
        )

    def test_customer_invoice(self):
        invoice = self.create_document("out_invoice", percent=10)
        self.assertEqual(invoice.amount_residual, 900)
        self.assertEqual(self.held("receivable"), 100)

    def test_credit_note_gives_back(self):
        self.create_document("in_invoice", 1000)
        refund = self.create_document("in_refund", 400)
        self.assertEqual(refund.amount_residual, 380)
        self.assertEqual(self.held("payable"), 30)

    def test_other_currency(self):
        currency = self.setup_other_currency("EUR", rates=[("2026-01-01", 4.0)])
        bill = self.create_document("in_invoice", 1000, currency_id=currency.id)
        self.assertEqual(bill.amount_residual, 950)
        self.assertEqual(self.held("payable", currency), 50)
        self.assertEqual(sum(bill.retention_move_id.line_ids.mapped("balance")), 0)
        self.assertEqual(max(bill.retention_move_id.line_ids.mapped("balance")), 12.5)

    def test_several_instalments(self):
        bill = self.create_document("in_invoice", invoice_payment_term_id=self.pay_terms_b.id)
        self.assertEqual(bill.amount_residual, 950)
        self.assertEqual(self.held("payable"), 50)

    def test_without_percent_nothing_is_held(self):
        bill = self.create_document("in_invoice", percent=0)
        self.assertFalse(bill.retention_move_id)
        self.assertEqual(bill.amount_residual, 1000)

    def test_back_to_draft_takes_the_entry_back(self):
        bill = self.create_document("in_invoice")
        entry = bill.retention_move_id
        bill.button_draft()
        self.assertEqual(entry.state, "cancel")
        self.assertEqual(self.held("payable"), 0)
        bill.action_post()
        self.assertEqual(self.held("payable"), 50)

    def test_company_without_accounts_cannot_post(self):
        self.company.retention_payable_account_id = False
        with self.assertRaises(UserError):
            self.create_document("in_invoice")
