"""Tender submission: long documents with big files, most of them just before the deadline."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import purchasing
from browser import Refused, Tab
from invoicing import ids
from open_load import Done, Turn, offer

FEWEST, MOST = 100, 200
"""Lines of a document."""
MEGABYTES = (1, 1, 2, 5)


def look(tab: Tab, person: Mapping[str, Any]) -> dict[str, Any]:
    if person["role"] == "buyer":
        return purchasing.look(tab, person)
    company = ["company_id", "in", [False, person["company"]]]
    facts = {
        "customers": ids(tab, "res.partner", [company, ["is_company", "=", True]]),
        "products": ids(tab, "product.product", [company, ["sale_ok", "=", True]]),
    }
    if not all(facts.values()):
        raise Refused(f"company {person['company']} has nobody to quote to, or nothing to sell")
    return facts


def request_prices(turn: Turn) -> Done:
    order = purchasing.draft(turn, lines=turn.rng.randint(FEWEST, MOST))
    attach(turn, purchasing.ORDER, order)
    turn.tab.open_form(purchasing.ORDER, order)
    turn.tab.get(f"/report/html/purchase.report_purchasequotation/{order}", "report of the request")
    return Done(order, turn.notes["lines"])


def submit_quotation(turn: Turn) -> Done:
    tab, customers, products = turn.tab, turn.facts["customers"], turn.facts["products"]
    lines = turn.notes["lines"] = turn.rng.randint(FEWEST, MOST)
    tab.new_form("sale.order")
    order = tab.save(
        "sale.order",
        {
            "partner_id": customers[turn.number % len(customers)],
            "client_order_ref": turn.intent,
            "order_line": [
                [
                    0,
                    f"virtual_{number}",
                    {"product_id": products[number % len(products)], "product_uom_qty": 1 + number % 9},
                ]
                for number in range(lines)
            ],
        },
    )
    turn.notes["record"] = order
    attach(turn, "sale.order", order)
    tab.open_form("sale.order", order)
    tab.get(f"/report/html/sale.report_saleorder/{order}", "report of the quotation")
    return Done(order, lines)


def attach(turn: Turn, model: str, record: int) -> None:
    """Upload a drawing; its checksum in Odoo is the file's. Raises Refused."""
    content = turn.rng.randbytes(turn.rng.choice(MEGABYTES) * 1_000_000)
    attachment = turn.tab.upload(model, record, f"{turn.intent.replace('/', '-')}.bin", content)
    shown = turn.tab.read("ir.attachment", attachment, {"checksum": {}, "file_size": {}})
    if shown["checksum"] != hashlib.sha1(content, usedforsecurity=False).hexdigest():
        raise Refused(f"the attachment has {shown['file_size']} bytes and another checksum than the file")


Tender = offer("tender", {"request-prices": request_prices, "submit-quotation": submit_quotation}, look)
