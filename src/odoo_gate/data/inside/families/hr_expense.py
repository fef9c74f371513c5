"""Expenses of employees on jobs."""

MODULES = ("hr_expense", "hr")


def masters(world):
    for company in world.companies:
        company.expense_category = company["product.product"].create(
            {"name": "Fuel", "type": "service", "can_be_expensed": True, "standard_price": 0.0,
             "company_id": company.record.id}
        )  # fmt: skip


def documents(world):
    for job in world.jobs:
        employee = job.company.employees[0]
        with world.document("expense", job=job, day=7):
            job.company["hr.expense"].create(
                {
                    "name": "Fuel for " + job.number,
                    "employee_id": employee.id,
                    "product_id": job.company.expense_category.id,
                    "total_amount_currency": 69.0,  # 60 and 15 % of tax, to the cent
                    "date": world.day(7),
                    "company_id": job.company.record.id,
                    "analytic_distribution": job.distribution,
                }
            ).action_submit()
