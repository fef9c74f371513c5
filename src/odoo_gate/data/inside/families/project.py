"""Jobs: a project with an analytic account of its own, tasks, messages."""

MODULES = ("project",)


def masters(world):
    plan, _other_plans = world.env["account.analytic.plan"]._get_all_plans()
    plans = world.env["account.analytic.plan"].create(
        [{"name": name, "parent_id": plan.id} for name in ("Housing", "Civil Works")]
    )
    world.job_plans = plans
    kinds = world.env["account.analytic.plan"].create({"name": "Kinds of cost"})
    world.cost_kinds = world.env["account.analytic.account"].create(
        [{"name": name, "plan_id": kinds.id, "company_id": False} for name in ("Labour", "Materials", "Plant")]
    )


def job(world, job):
    company = job.company
    titles = ("Harbour Bridge", "Primary School", "Apartment Block", "Water Treatment", "Library", "Warehouse")
    title = titles[len(world.jobs) % len(titles)]
    plan = world.job_plans[len(world.jobs) % len(world.job_plans)]
    job.account = company["account.analytic.account"].create(
        {
            "name": job.number + " " + title,
            "plan_id": plan.id,
            "company_id": company.record.id,
            "partner_id": job.customer.id,
        }
    )
    values = {
        "name": job.number + " " + title,
        "company_id": company.record.id,
        "partner_id": job.customer.id,
        "account_id": job.account.id,
        "date_start": world.day(0),
        "date": world.day(60),
    }
    if world.has("hr_timesheet"):
        values["allow_timesheets"] = True
    if world.has("construction_retention"):
        values["retention_percent"] = 5.0
    job.project = company["project.project"].create(values)
    job.stages = company["project.task.type"].create(
        [
            {"name": name, "sequence": number, "project_ids": [(4, job.project.id)]}
            for number, name in enumerate(("To do", "On site", "Done"))
        ]
    )
    job.project.message_post(body="Kick-off held with the client; drawings are in the documents.")


def documents(world):
    for job in world.jobs:
        with world.document("task", job=job, day=3, scalable=False):
            task = job.company["project.task"].create(
                {
                    "name": "Snag list " + job.number,
                    "project_id": job.project.id,
                    "stage_id": job.stages[1].id,
                    "date_deadline": world.moment(20),
                }
            )
            task.message_post(body="Second fix is to be inspected again.")
