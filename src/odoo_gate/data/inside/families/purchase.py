"""Purchase orders for jobs: billed in full, in part and not yet; with stock, received."""

MODULES = ("purchase",)


def masters(world):
    world.materials = {}
    for company in world.companies:
        values = {"type": "consu", "company_id": company.record.id, "purchase_ok": True}
        if world.has("stock"):
            values["is_storable"] = True
        world.materials[company.record.id] = company["product.product"].create(
            [
                {
                    **values,
                    "name": name,
                    "standard_price": price,
                    "list_price": price * 2,
                    "purchase_method": "receive" if world.has("purchase_stock") else "purchase",
                }
                for name, price in (("Concrete C30/37", 120.0), ("Rebar 12 mm", 40.0), ("Timber 38 x 89", 20.0))
            ]
        )


def documents(world):
    for number, job in enumerate(world.jobs):
        _billed(world, job)
        if number % 2:
            _partly_billed(world, job)
        else:
            _not_billed(world, job)
            _request(world, job)


def _order(world, job, day, quantity):
    company = job.company
    values = {
        "partner_id": world.random.choice(company.vendors).id,
        "company_id": company.record.id,
        "date_order": world.moment(day),
        "order_line": [
            (
                0,
                0,
                {
                    **_line(world, job, index, product),
                    "product_qty": quantity * (index + 1),
                    "price_unit": product.standard_price,
                    "date_planned": world.moment(day + 7),
                },
            )
            for index, product in enumerate(world.materials[company.record.id])
        ],
    }
    if world.has("project_purchase"):
        values["project_id"] = job.project.id
    return company["purchase.order"].create(values)


def _line(world, job, index, product):
    values = {"product_id": product.id, "analytic_distribution": job.distribution}
    if world.has("construction_job_costing"):
        values["cost_code_id"] = world.cost_codes[index % len(world.cost_codes)].id
    return values


def _confirm(world, order, day):
    order.button_confirm()
    order.date_approve = world.moment(day)
    if world.has("purchase_stock"):
        for picking in order.picking_ids:
            for move in picking.move_ids:
                move.quantity = move.product_uom_qty
                move.picked = True
            picking.with_context(force_period_date=world.day(day + 7)).button_validate()
            picking.date_done = world.moment(day + 7)
            picking.move_ids.date = world.moment(day + 7)
            picking.move_ids.move_line_ids.date = world.moment(day + 7)


def _bill(world, order, day, share=1.0):
    order.action_create_invoice()
    bill = order.invoice_ids[-1:]
    bill.write({"invoice_date": world.day(day), "date": world.day(day), "ref": "Delivery " + order.name})
    if share != 1.0:
        for line in bill.invoice_line_ids:
            line.quantity = line.quantity * share
    bill.action_post()
    return bill


def _billed(world, job):
    with world.document("purchase-order-billed", job=job, day=2):
        order = _order(world, job, 2, 20)
        _confirm(world, order, 3)
        bill = _bill(world, order, 12)
        wizard = job.company["account.payment.register"].with_context(active_model="account.move", active_ids=bill.ids)
        wizard.create({"payment_date": world.day(40)})._create_payments()
        order.message_post(body="Delivered by lorry at the east gate.")


def _partly_billed(world, job):
    with world.document("purchase-order-part-billed", job=job, day=5):
        order = _order(world, job, 5, 40)
        _confirm(world, order, 6)
        _bill(world, order, 15, 0.5)


def _not_billed(world, job):
    with world.document("purchase-order-open", job=job, day=8):
        _confirm(world, _order(world, job, 8, 10), 9)


def _request(world, job):
    with world.document("purchase-request", job=job, day=10):
        _order(world, job, 10, 20)
