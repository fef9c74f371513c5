from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import RetentionCase


@tagged("post_install", "-at_install")
class TestMultiCompany(RetentionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "De Vries Belgium"})
        cls.env.user.company_ids += cls.other_company
        journal = cls.env["account.journal"].create(
            {"name": "Various", "code": "VAR", "type": "general", "company_id": cls.other_company.id}
        )
        cls.configure_retention(cls.other_company, journal)

    def test_the_accounts_of_another_company_are_refused(self):
        with self.assertRaises(UserError):
            self.company.retention_payable_account_id = self.other_company.retention_payable_account_id

    def test_held_is_counted_by_company(self):
        self.create_document("in_invoice")
        self.assertEqual(self.held("payable", company=self.other_company), 0)

    def test_releases_of_other_companies_are_invisible(self):
        self.create_document("in_invoice")
        release = self.create_release(10)
        accountant = new_test_user(
            self.env,
            "belgian",
            groups="account.group_account_user",
            company_id=self.other_company.id,
            company_ids=[self.other_company.id],
        )
        with self.assertRaises(AccessError):
            release.with_user(accountant).read(["amount"])

    def test_an_invoicing_clerk_does_not_release(self):
        clerk = new_test_user(
            self.env,
            "clerk",
            groups="account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[self.company.id],
        )
        with self.assertRaises(AccessError):
            self.create_release(10).with_user(clerk).amount = 20
