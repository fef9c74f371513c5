from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import EquipmentCase


class TestUsage(EquipmentCase):
    def test_rate_comes_from_the_equipment(self):
        self.assertRecordValues(self.create_usage(), [{"rate": 80, "amount": 400, "state": "draft"}])

    def test_a_new_rate_leaves_old_usage_alone(self):
        usage = self.create_usage()
        self.excavator.charge_rate = 95
        self.assertEqual(usage.rate, 80)

    def test_charged_usage_costs_the_job(self):
        budget = self.env["construction.budget.line"].create(
            {"project_id": self.job.id, "cost_code_id": self.code.id, "budget_amount": 1000}
        )
        usage = self.create_usage() | self.create_usage(2.5)
        usage.action_charge()
        self.assertEqual(set(usage.mapped("state")), {"charged"})
        self.assertRecordValues(
            usage.analytic_line_id,
            [
                {"account_id": self.job.account_id.id, "unit_amount": 5, "amount": -400},
                {"account_id": self.job.account_id.id, "unit_amount": 2.5, "amount": -200},
            ],
        )
        self.assertEqual(budget.actual_amount, 600)

    def test_charging_twice_costs_once(self):
        usage = self.create_usage()
        usage.action_charge()
        line = usage.analytic_line_id
        usage.action_charge()
        self.assertEqual(usage.analytic_line_id, line)

    def test_taking_back_removes_the_cost(self):
        usage = self.create_usage()
        usage.action_charge()
        line = usage.analytic_line_id
        usage.action_take_back()
        self.assertFalse(line.exists())
        self.assertEqual(usage.state, "draft")

    def test_charged_usage_does_not_change(self):
        usage = self.create_usage()
        usage.action_charge()
        with self.assertRaises(UserError):
            usage.hours = 1
        with self.assertRaises(UserError):
            usage.unlink()

    def test_a_job_without_analytic_account_is_refused(self):
        self.job.write({"allow_timesheets": False, "account_id": False})
        with self.assertRaises(UserError):
            self.create_usage().action_charge()

    def test_hours_are_positive(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.create_usage(0)
