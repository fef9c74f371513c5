"""Hours of the companies' machines, charged to jobs."""

MODULES = ("construction_equipment", "construction_job_costing")


def masters(world):
    for number, company in enumerate(world.companies, 1):
        company.crane = company["maintenance.equipment"].create(
            {"name": "Mobile crane %d" % number, "company_id": company.record.id, "charge_rate": 80.0}
        )


def documents(world):
    code = world.cost_codes.filtered(lambda each: each.cost_type == "equipment")[:1]
    for job in world.jobs:
        with world.document("equipment-usage", job=job, day=8, scalable=False):
            job.company["construction.equipment.usage"].create(
                [
                    {
                        "equipment_id": job.company.crane.id,
                        "project_id": job.project.id,
                        "cost_code_id": code.id,
                        "company_id": job.company.record.id,
                        "date": world.day(8 + day),
                        "hours": 6.0 + day,
                    }
                    for day in range(2)
                ]
            ).action_charge()
