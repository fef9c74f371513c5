from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import CONTEXT, JobCase


class TestSecurity(JobCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site_manager = new_test_user(
            cls.env, "site", groups="construction_job_costing.group_job_user", context=CONTEXT
        )
        cls.clerk = new_test_user(cls.env, "clerk", groups="base.group_user", context=CONTEXT)
        cls.budget = cls._create_budget(cls.formwork)

    def test_site_manager_reads_costs_without_being_a_buyer(self):
        self.assertEqual(self.budget.with_user(self.site_manager).forecast_amount, 0)

    def test_site_manager_does_not_change_the_budget(self):
        with self.assertRaises(AccessError):
            self.budget.with_user(self.site_manager).amount = 1

    def test_others_do_not_see_the_budget(self):
        with self.assertRaises(AccessError):
            self.budget.with_user(self.clerk).read(["amount"])
        with self.assertRaises(AccessError):
            self.job.with_user(self.clerk).read(["job_budget_amount"])

    def test_budgets_of_other_companies_are_invisible(self):
        foreign = self.env["construction.budget.line"].create(
            {
                "project_id": self.env["project.project"]
                .create({"name": "Antwerp", "company_id": self.other_company.id, "allow_timesheets": False})
                .id,
                "cost_code_id": self.formwork.id,
            }
        )
        self.assertEqual(foreign.company_id, self.other_company)
        found = self.env["construction.budget.line"].with_user(self.site_manager).search([])
        self.assertIn(self.budget, found)
        self.assertNotIn(foreign, found)

    def test_cost_code_of_another_company_is_refused(self):
        foreign = self.formwork.copy({"company_id": self.other_company.id})
        with self.assertRaises(UserError):
            self.budget.cost_code_id = foreign
