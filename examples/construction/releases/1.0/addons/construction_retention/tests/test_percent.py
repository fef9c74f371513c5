from odoo.tests.common import TransactionCase


class TestPercent(TransactionCase):
    """These rules hold without a chart of accounts, so they are tested while the module is installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.job = cls.env["project.project"].create({"name": "School", "retention_percent": 10})

    def test_company_without_accounts_is_told_so(self):
        company = self.env["res.company"].create({"name": "Bare"})
        with self.assertRaisesRegex(Exception, "accounting settings"):
            company._get_retention_account("payable")

    def test_settings_write_to_the_company(self):
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.retention_journal_id, self.env.company.retention_journal_id)
