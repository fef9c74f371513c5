"""Runs inside Odoo: a few documents of every kind that the invariants look at, made as users make them."""

from odoo import Command, fields


def make(env, say):
    company = env.company
    env["res.lang"]._activate_lang("fr_FR")
    accounts = _accounts(env, company)
    project = env["project.project"].create({"name": "Harbour", "allow_timesheets": True})
    project._create_analytic_account()
    say("stock and purchases")
    vendor = env["res.partner"].create({"name": "Vendor", "credit_limit": 500})
    product = _product(env)
    _purchase(env, vendor, product)
    say("invoices with retention")
    customer = env["res.partner"].create({"name": "Customer"})
    invoices = [_document(env, "out_invoice", customer, project, amount) for amount in (1000.0, 250.5, 99.99)]
    bill = _document(env, "in_invoice", vendor, project, 400.0)
    _pay(env, invoices[0], 300.0)
    _pay(env, bill, 100.0)
    say("hashed entries")
    _hashed(env, accounts)
    say("timesheets, messages, files, views")
    _timesheets(env, project)
    customer.message_post(body="Called about the retention")
    bill.message_post(body="Received by post")
    env["ir.attachment"].create(
        [
            {
                "name": f"drawing {n}.txt",
                "raw": b"drawing %d " % n * 50,
                "res_model": "res.partner",
                "res_id": customer.id,
            }
            for n in range(3)
        ]
    )
    env["product.tag"].create([{"name": "fragile"}, {"name": "heavy"}])
    product.product_tmpl_id.with_context(lang="fr_FR").name = "Brique"
    env["ir.ui.view"].create(
        {
            "name": "partner form of ours",
            "model": "res.partner",
            "inherit_id": env.ref("base.view_partner_form").id,
            "arch": '<field name="website" position="after"><field name="ref"/></field>',
        }
    )
    return {"moves": env["account.move"].search_count([("state", "=", "posted")])}


def _accounts(env, company):
    """The company's retention accounts and journal."""
    values = {"reconcile": True, "company_ids": [Command.link(company.id)]}
    held, owed = env["account.account"].create(
        [
            {**values, "name": "Retention held by customers", "code": "141900", "account_type": "asset_current"},
            {**values, "name": "Retention held from vendors", "code": "211900", "account_type": "liability_current"},
        ]
    )
    journal = env["account.journal"].create({"name": "Retention", "code": "RET", "type": "general"})
    company.write(
        {
            "retention_receivable_account_id": held.id,
            "retention_payable_account_id": owed.id,
            "retention_journal_id": journal.id,
        }
    )
    return env["account.account"].search([("account_type", "in", ("income", "expense"))], limit=2)


def _product(env):
    category = env["product.category"].create({"name": "Materials", "property_cost_method": "average"})
    child = env["product.category"].create(
        {"name": "Masonry", "parent_id": category.id, "property_cost_method": "average"}
    )
    return env["product.product"].create(
        {
            "name": "Brick",
            "type": "consu",
            "is_storable": True,
            "categ_id": child.id,
            "standard_price": 2.5,
            "list_price": 4,
            "purchase_method": "receive",
        }
    )


def _purchase(env, vendor, product):
    for quantity in (100, 40):
        order = env["purchase.order"].create(
            {
                "partner_id": vendor.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_qty": quantity, "price_unit": 2.5, "tax_ids": False}
                    )
                ],
            }
        )
        order.button_confirm()
        picking = order.picking_ids
        picking.move_ids.quantity = quantity - 10
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
    order.action_create_invoice()
    order.invoice_ids.invoice_date = fields.Date.today()
    order.invoice_ids.action_post()


def _document(env, kind, partner, project, amount):
    account = project.account_id
    move = env["account.move"].create(
        {
            "move_type": kind,
            "partner_id": partner.id,
            "invoice_date": fields.Date.today(),
            "retention_project_id": project.id,
            "retention_percent": 5,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": "Work",
                        "quantity": 1,
                        "price_unit": amount,
                        "tax_ids": False,
                        "analytic_distribution": {str(account.id): 100},
                    }
                )
            ],
        }
    )
    move.action_post()
    return move


def _pay(env, move, amount):
    wizard = env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
    wizard.create({"amount": amount})._create_payments()


def _hashed(env, accounts):
    journal = env["account.journal"].create(
        {"name": "Locked", "code": "LCK", "type": "general", "restrict_mode_hash_table": True}
    )
    for amount in (10, 20, 30):
        lines = [
            Command.create({"name": "locked", "account_id": accounts[n].id, "balance": sign * amount})
            for n, sign in ((0, 1), (1, -1))
        ]
        env["account.move"].create({"journal_id": journal.id, "line_ids": lines}).action_post()


def _timesheets(env, project):
    employee = env["hr.employee"].create({"name": "Mason"})
    task = env["project.task"].create({"name": "Walls", "project_id": project.id})
    for hours in (8, 7.5, 6):
        env["account.analytic.line"].create(
            {
                "name": "laying",
                "project_id": project.id,
                "task_id": task.id,
                "employee_id": employee.id,
                "unit_amount": hours,
            }
        )
