from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.construction_retention.tests.common import RetentionCase

from .common import SubcontractMixin


@tagged("post_install", "-at_install")
class TestBilling(SubcontractMixin, RetentionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prepare()
        cls.budget = cls.env["construction.budget.line"].create(
            {"project_id": cls.job.id, "cost_code_id": cls.code.id, "amount": 2000}
        )
        cls.subcontract = cls.create_subcontract(partner_id=cls.partner_a.id)

    @classmethod
    def get_default_groups(cls):
        return (
            super().get_default_groups()
            | cls.quick_ref("construction_job_costing.group_job_manager")
            | cls.quick_ref("construction_subcontract.group_subcontract_manager")
        )

    def _bill(self, *percents):
        certificate = self.create_certificate(self.subcontract, *percents)
        certificate.action_create_bill()
        return certificate.bill_id

    def _assert_budget(self, committed, actual):
        self.budget.invalidate_recordset()
        self.assertRecordValues(self.budget, [{"committed_amount": committed, "actual_amount": actual}])

    def test_bill_has_this_period_and_its_retention(self):
        self._bill(10, 0).action_post()
        bill = self._bill(40, 50)
        self.assertRecordValues(
            bill,
            [{"move_type": "in_invoice", "amount_untaxed": 550, "retention_amount": 27.5, "state": "draft"}],
        )
        self.assertEqual(bill.invoice_line_ids.cost_code_id, self.code | self.other_code)

    def test_posting_withholds_and_costs_the_job(self):
        bill = self._bill(40, 0)
        self._assert_budget(committed=1000, actual=0)
        bill.action_post()
        self.assertEqual(self.held("payable"), 20)
        self._assert_budget(committed=600, actual=400)

    def test_valued_down_is_a_credit_note(self):
        self._bill(40, 0).action_post()
        refund = self._bill(30, 0)
        refund.action_post()
        self.assertRecordValues(refund, [{"move_type": "in_refund", "amount_untaxed": 100}])
        self.assertEqual(self.held("payable"), 15)
        self._assert_budget(committed=700, actual=300)

    def test_no_second_bill(self):
        certificate = self.create_certificate(self.subcontract, 10)
        certificate.action_create_bill()
        with self.assertRaises(UserError):
            certificate.action_create_bill()

    def test_a_cancelled_bill_is_made_again(self):
        certificate = self.create_certificate(self.subcontract, 10)
        certificate.action_create_bill()
        first = certificate.bill_id
        first.button_cancel()
        certificate.action_create_bill()
        self.assertNotEqual(certificate.bill_id, first)

    def test_a_billed_certificate_is_not_cancelled(self):
        bill = self._bill(10)
        certificate = self.subcontract.certificate_ids
        with self.assertRaises(UserError):
            certificate.action_cancel()
        bill.button_cancel()
        certificate.action_cancel()
        self.assertEqual(certificate.state, "cancelled")

    def test_nothing_new_is_not_billed(self):
        with self.assertRaises(UserError):
            self.create_certificate(self.subcontract, 0, 0).action_create_bill()
