from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


@tagged("post_install", "-at_install")
class TestBillCost(AccountTestInvoicingCommon):
    @classmethod
    def get_default_groups(cls):
        return (
            super().get_default_groups()
            | cls.quick_ref("construction_job_costing.group_job_manager")
            | cls.quick_ref("project.group_project_manager")
        )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.code = cls.env["construction.cost.code"].create({"code": "T05-100", "name": "Steel"})
        cls.job = cls.env["project.project"].create(
            {"name": "Bridge", "company_id": cls.company.id, "allow_timesheets": True}
        )
        cls.budget = cls.env["construction.budget.line"].create(
            {"project_id": cls.job.id, "cost_code_id": cls.code.id, "amount": 5000}
        )
        cls.order = cls.env["purchase.order"].create(
            {
                "partner_id": cls.partner_a.id,
                "project_id": cls.job.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product_a.id,
                            "product_qty": 4,
                            "price_unit": 100,
                            "tax_ids": False,
                            "cost_code_id": cls.code.id,
                        }
                    )
                ],
            }
        )
        cls.product_a.purchase_method = "purchase"
        cls.order.button_confirm()
        cls.order.action_create_invoice()
        cls.bill = cls.order.invoice_ids
        cls.bill.invoice_date = "2026-03-02"

    def test_bill_line_has_the_cost_code(self):
        self.assertEqual(self.bill.invoice_line_ids.cost_code_id, self.code)

    def test_posting_turns_committed_into_actual(self):
        self.bill.action_post()
        self.assertRecordValues(
            self.budget, [{"committed_amount": 0, "actual_amount": 400, "variance_amount": 4600}]
        )

    def test_a_partial_bill_leaves_the_rest_committed(self):
        self.bill.invoice_line_ids.quantity = 1
        self.bill.action_post()
        self.assertRecordValues(self.budget, [{"committed_amount": 300, "actual_amount": 100}])

    def test_a_credit_note_lowers_actual_cost(self):
        self.bill.action_post()
        self.bill._reverse_moves([{"invoice_date": self.bill.invoice_date}], cancel=True)
        self.assertEqual(self.budget.actual_amount, 0)
