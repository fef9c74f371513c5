from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import CONTEXT, PayrollCase


@tagged("post_install", "-at_install")
class TestSecurity(PayrollCase):
    def _create_user(self, login, groups, company):
        return new_test_user(
            self.env,
            login,
            groups=groups,
            company_id=company.id,
            company_ids=[fields.Command.set(company.ids)],
            context=CONTEXT,
        )

    def test_an_officer_exports_hours_of_private_projects(self):
        officer = self._create_user(
            "officer", "construction_payroll_export.group_payroll_officer", self.company
        )
        self.job.privacy_visibility = "followers"
        self.book(self.jan, "2026-03-02", 8)
        export = self.create_export().with_user(officer)
        export.action_export()
        self.assertEqual(export.timesheet_hours, 8)

    def test_others_see_neither_exports_nor_numbers(self):
        clerk = self._create_user("clerk", "base.group_user", self.company)
        with self.assertRaises(AccessError):
            self.env["construction.payroll.export"].with_user(clerk).search([])
        with self.assertRaises(AccessError):
            self.jan.with_user(clerk).read(["payroll_number"])

    def test_other_companies_are_invisible(self):
        company = self.env["res.company"].create({"name": "De Vries Belgium"})
        officer = self._create_user("belgian", "construction_payroll_export.group_payroll_officer", company)
        export = self.create_export()
        with self.assertRaises(AccessError):
            export.with_user(officer).read(["name"])
