"""A warehouse for every company; materials that come in and go out to the site again."""

MODULES = ("stock", "purchase")


def masters(world):
    for number, company in enumerate(world.companies, 1):
        company.warehouse = company["stock.warehouse"].search([("company_id", "=", company.record.id)], limit=1)
        if not company.warehouse:
            company.warehouse = company["stock.warehouse"].create(
                {"name": "Yard %d" % number, "code": "YRD%d" % number, "company_id": company.record.id}
            )


def documents(world):
    for job in world.jobs:
        _delivered_to_site(world, job)


def _delivered_to_site(world, job):
    company = job.company
    warehouse = company.warehouse
    product = world.materials[company.record.id][0]
    supplier = world.env.ref("stock.stock_location_suppliers")
    customer = world.env.ref("stock.stock_location_customers")
    with world.document("delivery-to-site", job=job, day=6):
        for day, kind, source, target in (
            (6, warehouse.in_type_id, supplier, warehouse.lot_stock_id),
            (9, warehouse.out_type_id, warehouse.lot_stock_id, customer),
        ):
            picking = company["stock.picking"].create(
                {
                    "picking_type_id": kind.id, "location_id": source.id, "location_dest_id": target.id,
                    "partner_id": job.customer.id, "origin": "Site " + job.number,
                    "scheduled_date": world.moment(day),
                    "move_ids": [(0, 0, {
                        "product_id": product.id, "product_uom_qty": 12, "product_uom": product.uom_id.id,
                        "location_id": source.id, "location_dest_id": target.id, "price_unit": product.standard_price,
                    })],
                }
            )  # fmt: skip
            picking.action_confirm()
            picking.move_ids.quantity = 12
            picking.move_ids.picked = True
            picking.button_validate()
            picking.date_done = world.moment(day)
            picking.move_ids.date = world.moment(day)
            picking.move_ids.move_line_ids.date = world.moment(day)
