"""Employees of every company; with timesheets, the hours they book on tasks; with attendances, their weeks."""

MODULES = ("hr",)

NAMES = ("Anna de Wit", "Bram Visser", "Chloe Martin", "Daan Bakker")
MONDAY = 5
"""Days from the start of the archetypes to a Monday; see `World.start`."""


def masters(world):
    for company in world.companies:
        job = company["hr.job"].create({"name": "Site worker", "company_id": company.record.id})
        department = company["hr.department"].create({"name": "Site", "company_id": company.record.id})
        company.employees = [
            company["hr.employee"].create(_employee(world, company, name, number, job, department))
            for number, name in enumerate(NAMES, 1)
        ]


def _employee(world, company, name, number, job, department):
    values = {
        "name": name,
        "company_id": company.record.id,
        "job_id": job.id,
        "department_id": department.id,
        "work_email": "%s.%d@group.example" % (name.split()[0].lower(), company.record.id),
        "work_phone": "+31 6 5550 %02d%02d" % (company.record.id, number),
        "tz": "Europe/Amsterdam",
    }
    if world.has("hr_hourly_cost"):
        values["hourly_cost"] = 36.0 + 4 * number
    if world.has("construction_payroll_export"):
        values["payroll_number"] = "%d%04d" % (company.record.id, number)
    return values


def documents(world):
    if world.has("hr_timesheet", "project"):
        for job in world.jobs:
            _timesheets(world, job)
    if world.has("hr_attendance"):
        for company in world.companies:
            for employee in company.employees:
                _attendances(world, company, employee)


def _timesheets(world, job):
    with world.document("task-with-timesheets", job=job, day=MONDAY, spacing="weeks", scalable=False):
        values = {
            "name": "Formwork and concrete " + job.number,
            "project_id": job.project.id,
            "stage_id": job.stages[1].id,
            "allocated_hours": 120.0,
        }
        if world.has("construction_job_costing"):
            values["cost_code_id"] = world.cost_codes[0].id
        task = job.company["project.task"].create(values)
        job.company["account.analytic.line"].create(
            [
                {
                    "name": "Concrete",
                    "task_id": task.id,
                    "project_id": job.project.id,
                    "employee_id": employee.id,
                    "date": world.day(MONDAY + day),
                    "unit_amount": 4.0 + (day + index) % 5,
                }
                for index, employee in enumerate(job.company.employees)
                for day in range(5)
            ]
        )


def _attendances(world, company, employee):
    with world.document("attendance-week", day=MONDAY, spacing="weekly", scalable=False):
        company["hr.attendance"].create(
            [
                {
                    "employee_id": employee.id,
                    "check_in": world.moment(MONDAY + day, 6),
                    "check_out": world.moment(MONDAY + day, 15),
                }
                for day in range(5)
            ]
        )
