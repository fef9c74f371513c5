"""Runs inside Odoo: posts customer invoices through the ORM for a while, in batches, and says how many."""

import time

BATCH = 20


def post_invoices(env, say, seconds, lines):
    """Invoices of `lines` lines each, created, posted and committed in batches of 20; returns counts and seconds."""
    company = env["account.move"].search([("move_type", "=", "out_invoice")], limit=1).company_id
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    partner = env["res.partner"].create({"name": "Client of the benchmark"})
    product = env["product.product"].create({"name": "Work", "type": "service", "list_price": 100.0})
    before = env["account.move.line"].search_count([])
    moves, started = 0, time.monotonic()
    while time.monotonic() - started < seconds:
        batch = env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": "2025-03-31",
                    "invoice_line_ids": [
                        (0, 0, {"product_id": product.id, "quantity": 1 + line, "price_unit": 100.0})
                        for line in range(lines)
                    ],
                }
                for _ in range(BATCH)
            ]
        )
        batch.action_post()
        env.cr.commit()
        env.invalidate_all()
        moves += BATCH
        say(f"{moves} invoices")
    spent = time.monotonic() - started
    return {"moves": moves, "lines": env["account.move.line"].search_count([]) - before, "seconds": spent}
