"""Equipment of the companies, each with its repairs: done, and requested."""

MODULES = ("maintenance",)

MACHINES = (("Tower crane", 180_000.0), ("Wheel excavator", 95_000.0), ("Concrete pump", 60_000.0))


def masters(world):
    world.machine_category = world.env["maintenance.equipment.category"].create(
        {"name": "Site equipment", "company_id": False}
    )
    world.stages_of_repair = world.env["maintenance.stage"].search([])
    for company in world.companies:
        company.workshop = company["maintenance.team"].create(
            {"name": "Workshop of " + company.record.name, "company_id": company.record.id}
        )


def documents(world):
    for number, company in enumerate(world.companies):
        for name, cost in MACHINES[: 1 + number]:
            _machine(world, company, name, cost)


def _machine(world, company, name, cost):
    """A machine belongs to no job: it goes from one to the next."""
    with world.document("equipment", day=2, scalable=False):
        machine = company["maintenance.equipment"].create(
            {
                "name": name,
                "company_id": company.record.id,
                "category_id": world.machine_category.id,
                "maintenance_team_id": company.workshop.id,
                "partner_id": world.random.choice(company.vendors).id,
                "cost": cost,
                "effective_date": world.day(2),
                "assign_date": world.day(3),
                "warranty_date": world.day(400),
            }
        )
        for day, kind, subject in ((20, "preventive", "Inspection"), (31, "corrective", "Hydraulic leak")):
            request = company["maintenance.request"].create(
                {
                    "name": subject + " of " + name,
                    "company_id": company.record.id,
                    "equipment_id": machine.id,
                    "maintenance_team_id": company.workshop.id,
                    "maintenance_type": kind,
                    "request_date": world.day(day),
                    "schedule_date": world.moment(day + 2),
                }
            )
            if kind == "preventive":
                request.stage_id = world.stages_of_repair.filtered("done")[:1]
                request.close_date = world.day(day + 3)
