"""Runs inside Odoo 14: an invoice part-paid, an order received, hours, a translated name, a value by company."""

from odoo import fields


def make(env, say):
    say("documents")
    partner = env["res.partner"].create({"name": "Customer", "property_payment_term_id": 1})
    account = env["account.account"].search([("internal_group", "=", "income")], limit=1)
    invoice = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_date": fields.Date.today(),
            "invoice_line_ids": [
                (0, 0, {"name": "Work", "quantity": 1, "price_unit": 1000, "account_id": account.id, "tax_ids": False})
            ],
        }
    )
    invoice.action_post()
    register = env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
    register.create({"amount": 300})._create_payments()
    product = env["product.product"].create({"name": "Brick", "type": "product", "standard_price": 2.5})
    product.product_tmpl_id.with_context(lang="fr_FR").name = "Brique"
    order = env["purchase.order"].create(
        {
            "partner_id": partner.id,
            "order_line": [
                (
                    0,
                    0,
                    {
                        "name": "Brick",
                        "product_id": product.id,
                        "product_qty": 2,
                        "product_uom": env.ref("uom.product_uom_dozen").id,
                        "price_unit": 30,
                        "date_planned": fields.Datetime.now(),
                    },
                )
            ],
        }
    )
    order.button_confirm()
    for line in order.picking_ids.move_lines:
        line.quantity_done = line.product_uom_qty
    order.picking_ids._action_done()
    project = env["project.project"].create({"name": "Harbour", "allow_timesheets": True})
    task = env["project.task"].create({"name": "Walls", "project_id": project.id})
    employee = env["hr.employee"].create({"name": "Mason"})
    env["account.analytic.line"].create(
        {"name": "laying", "project_id": project.id, "task_id": task.id, "employee_id": employee.id, "unit_amount": 8}
    )
