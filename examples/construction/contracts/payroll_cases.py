"""The situations the payroll file is made in: a company of its own, two employees, March 2031."""

START, END = "2031-03-01", "2031-03-31"


def month_end(env, say):
    case = Case(env)
    case.book(case.jan, END, 7.5)
    case.book(case.jan, "2031-04-01", 8)
    return case.export()


def midnight(env, say):
    case = Case(env)
    # 31 March at 23:30 in Amsterdam, two hours ahead of UTC; then 1 April at 00:30, in UTC still March
    case.attend(case.jan, "2031-03-31 21:30:00", "2031-04-01 01:30:00")
    case.attend(case.piet, "2031-03-31 22:30:00", "2031-04-01 02:30:00")
    return case.export()


def correction(env, say):
    case = Case(env)
    case.book(case.jan, "2031-03-05", 8)
    case.book(case.piet, "2031-03-05", -1.5)
    return case.export()


def leaver(env, say):
    case = Case(env)
    case.book(case.jan, "2031-03-14", 8)
    case.jan.active = False
    return case.export()


class Case:
    def __init__(self, env):
        company = env["res.company"].create({"name": "De Vries Contract", "payroll_code": "NL0099"})
        company.resource_calendar_id.tz = "Europe/Amsterdam"
        env.user.write({"company_ids": [(4, company.id)]})
        self.company = company
        self.env = env(context={**env.context, "allowed_company_ids": company.ids})
        self.jan, self.piet = self.env["hr.employee"].create(
            [
                {"name": name, "company_id": company.id, "payroll_number": number, "tz": "Europe/Amsterdam"}
                for name, number in (("Jan", "901"), ("Piet", "902"))
            ]
        )
        self.job = self.env["project.project"].create(
            {"name": "Quay 9", "company_id": company.id, "allow_timesheets": True}
        )
        kind = self.env["date.range.type"].create({"name": "Pay", "company_id": company.id})
        self.period = self.env["date.range"].create(
            {
                "name": "2031-03",
                "type_id": kind.id,
                "company_id": company.id,
                "date_start": START,
                "date_end": END,
            }
        )

    def book(self, employee, day, hours):
        self.env["account.analytic.line"].create(
            {
                "name": "Work",
                "project_id": self.job.id,
                "employee_id": employee.id,
                "date": day,
                "unit_amount": hours,
            }
        )

    def attend(self, employee, check_in, check_out):
        self.env["hr.attendance"].create(
            {"employee_id": employee.id, "check_in": check_in, "check_out": check_out}
        )

    def export(self):
        export = self.env["construction.payroll.export"].create(
            {
                "date_range_id": self.period.id,
                "company_id": self.company.id,
                "cut_off": "2031-12-31 00:00:00",
            }
        )
        return {"ids": export.ids, "company": self.company.id, "start": START, "end": END}
