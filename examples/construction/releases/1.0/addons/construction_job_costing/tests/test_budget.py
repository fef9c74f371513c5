from psycopg2 import IntegrityError

from odoo.tools import mute_logger

from .common import JobCase


class TestBudget(JobCase):
    def test_a_new_line_costs_nothing(self):
        line = self._create_budget(self.formwork, 1000)
        self.assertRecordValues(
            line, [{"committed_amount": 0, "actual_amount": 0, "forecast_amount": 0, "variance_amount": 1000}]
        )

    def test_actual_cost_is_what_is_on_the_analytic_account(self):
        line = self._create_budget(self.formwork, 1000)
        self.env["account.analytic.line"].create(
            [
                {
                    "name": "Plywood",
                    "account_id": self.job.account_id.id,
                    "cost_code_id": code.id,
                    "amount": amount,
                }
                for code, amount in ((self.formwork, -300), (self.formwork, -50), (self.plaster, -999))
            ]
        )
        self.assertRecordValues(line, [{"actual_amount": 350, "variance_amount": 650}])

    def test_project_totals(self):
        self._create_budget(self.formwork, 1000)
        self._create_budget(self.plaster, 500)
        self.assertEqual(self.job.job_budget_amount, 1500)
        self.assertEqual(self.job.job_forecast_amount, 0)

    def test_company_is_the_one_of_the_job(self):
        line = self._create_budget(self.formwork)
        self.assertEqual(line.company_id, self.company)

    def test_one_line_for_a_cost_code(self):
        self._create_budget(self.formwork)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._create_budget(self.formwork)

    def test_budget_is_not_negative(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._create_budget(self.formwork, -1)

    def test_costs_of_many_lines_take_as_many_queries_as_of_one(self):
        jobs = [self._create_job(f"House {number}") for number in range(10)]
        lines = self.env["construction.budget.line"].concat(
            *(self._create_budget(code, job=job) for job in jobs for code in (self.formwork, self.plaster))
        )
        self.assertEqual(self._count_queries(lines), self._count_queries(lines[:1]))

    def _count_queries(self, lines):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        lines.mapped("forecast_amount")
        return self.env.cr.sql_log_count - before
