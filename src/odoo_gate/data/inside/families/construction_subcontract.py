"""Subcontracts with progress certificates; certified, billed with retention, and paid."""

MODULES = ("construction_subcontract",)


def documents(world):
    for number, job in enumerate(world.jobs):
        _subcontract(world, job, (30.0, 75.0) if number % 2 else (25.0,))


def _subcontract(world, job, progress):
    company = job.company
    with world.document("subcontract", job=job, day=1):
        subcontract = company["construction.subcontract"].create(
            {
                "description": "Installations of " + job.number,
                "project_id": job.project.id,
                "partner_id": world.random.choice(company.vendors).id,
                "company_id": company.record.id,
                "currency_id": company.record.currency_id.id,
                "date": world.day(1),
                "line_ids": [
                    (0, 0, {"name": code.name, "cost_code_id": code.id, "quantity": 1, "price_unit": 8000.0 * index})
                    for index, code in enumerate(world.cost_codes[2:4], 1)
                ],
            }
        )
        subcontract.action_activate()
        for index, percent in enumerate(progress):
            certificate = company["construction.progress.certificate"].create(
                {"subcontract_id": subcontract.id, "date": world.day(20 + 20 * index)}
            )
            certificate.line_ids.percent_complete = percent
            certificate.action_certify()
            certificate.action_create_bill()
            bill = certificate.bill_id
            bill.date = certificate.date
            bill.action_post()
        wizard = company["account.payment.register"].with_context(active_model="account.move", active_ids=bill.ids)
        wizard.create({"payment_date": world.day(55), "amount": 1000.0})._create_payments()
