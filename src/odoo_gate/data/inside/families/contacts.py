"""Where no accounting is installed: companies of the group, vendors, clients, their contacts with a drawing each."""

MODULES = ("base",)
WITHOUT = ("account",)

VENDORS = ("Staal & Co", "Betoncentrale")
ROLES = ("Architect", "Site manager", "Book-keeper")


def masters(world):
    world.number_jobs()
    others = [
        world.env["res.company"].create({"name": name, "country_id": world.env.ref(country).id})
        for name, _currency, country in world.group
    ]
    world.open_companies([world.env.company, *others])
    for number, company in enumerate(world.companies, 1):
        company.vendors = company["res.partner"].create(
            [
                {"name": "%s %d" % (name, number), "is_company": True, "email": "office%d@supplier.example" % number}
                for name in VENDORS
            ]
        )


def job(_world, job):
    job.customer = job.company["res.partner"].create(
        {
            "name": "Client of " + job.number,
            "is_company": True,
            "email": "office@client.example",
            "street": "Main Street 1",
            "city": "Utrecht",
        }
    )


def documents(world):
    for job in world.jobs:
        for day, role in enumerate(ROLES):
            _contact(world, job, day, role)


def _contact(world, job, day, role):
    """A contact of the client, with a file that no compression makes smaller than a scan would be."""
    with world.document("contact", job=job, day=day, scalable=False):
        contact = job.company["res.partner"].create(
            {
                "name": role + " of " + job.number,
                "parent_id": job.customer.id,
                "function": role,
                "email": "contact@client.example",
                "company_id": job.company.record.id,
            }
        )
        job.company["ir.attachment"].create(
            {
                "name": "drawing.pdf",
                "raw": b"%PDF-1.4\n" + world.random.randbytes(30_000),
                "mimetype": "application/pdf",
                "res_model": contact._name,
                "res_id": contact.id,
            }
        )
