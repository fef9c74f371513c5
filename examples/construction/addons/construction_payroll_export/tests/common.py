import base64
from datetime import timedelta

from odoo import fields
from odoo.tests.common import TransactionCase

CONTEXT = {"tracking_disable": True, "no_reset_password": True, "mail_create_nolog": True}


class PayrollCase(TransactionCase):
    """Two employees, a job, and March 2026 as pay period."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, **CONTEXT})
        cls.company = cls.env["res.company"].create({"name": "De Vries Test", "payroll_code": "NL0042"})
        cls.company.resource_calendar_id.tz = "Europe/Amsterdam"
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.env.user.write({"company_ids": [fields.Command.link(cls.company.id)]})
        cls.jan, cls.piet = cls.env["hr.employee"].create(
            [
                {"name": name, "company_id": cls.company.id, "payroll_number": number}
                for name, number in (("Jan", "12"), ("Piet", "7"))
            ]
        )
        cls.code = cls.env["construction.cost.code"].create({"code": "T03-100", "name": "Formwork"})
        cls.job = cls.env["project.project"].create(
            {"name": "Quay 7", "company_id": cls.company.id, "allow_timesheets": True}
        )
        period_type = cls.env["date.range.type"].create({"name": "Pay", "company_id": cls.company.id})
        cls.march, cls.april = cls.env["date.range"].create(
            [
                {
                    "name": name,
                    "type_id": period_type.id,
                    "company_id": cls.company.id,
                    "date_start": start,
                    "date_end": end,
                }
                for name, start, end in (
                    ("2026-03", "2026-03-01", "2026-03-31"),
                    ("2026-04", "2026-04-01", "2026-04-30"),
                )
            ]
        )

    @classmethod
    def book(cls, employee, day, hours, **vals):
        return cls.env["account.analytic.line"].create(
            {
                "name": "Work",
                "project_id": cls.job.id,
                "employee_id": employee.id,
                "date": day,
                "unit_amount": hours,
                "cost_code_id": cls.code.id,
                **vals,
            }
        )

    @classmethod
    def attend(cls, employee, check_in, check_out):
        return cls.env["hr.attendance"].create(
            {"employee_id": employee.id, "check_in": check_in, "check_out": check_out}
        )

    @classmethod
    def create_export(cls, period=None, **vals):
        return cls.env["construction.payroll.export"].create(
            {
                "date_range_id": (period or cls.march).id,
                "company_id": cls.company.id,
                "cut_off": fields.Datetime.now() + timedelta(minutes=1),
                **vals,
            }
        )

    @classmethod
    def run_export(cls, period=None, **vals):
        export = cls.create_export(period, **vals)
        export.action_export()
        return export

    @staticmethod
    def lines(export):
        """Return the file as lines, the way a reader that knows nothing of Odoo sees it."""
        return base64.b64decode(export.file_content).decode("ascii").split("\r\n")[:-1]
