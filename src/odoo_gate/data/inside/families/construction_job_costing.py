"""Cost codes, and the budget of every job by cost code."""

MODULES = ("construction_job_costing",)


def masters(world):
    world.cost_codes = world.env["construction.cost.code"].create(
        [
            {"code": "03-100", "name": "Formwork", "cost_type": "labour"},
            {"code": "03-300", "name": "Concrete", "cost_type": "material"},
            {"code": "09-200", "name": "Plaster", "cost_type": "subcontract"},
            {"code": "22-100", "name": "Plumbing", "cost_type": "subcontract"},
            {"code": "01-500", "name": "Cranes", "cost_type": "equipment"},
        ]
    )


def job(world, job):
    lines = job.company["construction.budget.line"]
    amount = "budget_amount" if "budget_amount" in lines._fields else "amount"  # the field's name until release 1.0
    lines.create(
        [
            {"project_id": job.project.id, "cost_code_id": code.id, amount: 10000.0 * (index + 1)}
            for index, code in enumerate(world.cost_codes)
        ]
    )
