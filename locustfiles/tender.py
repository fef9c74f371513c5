"""Tender submission: long documents with big files, most of them just before the deadline."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from typing import Any

import gevent

import purchasing
from browser import Refused, Tab
from invoicing import ids
from open_load import Done, Turn, offer

LINES = (200, 200, 300, 300, 500, 800)
"""How many lines estimates have."""
MEGABYTES = (1, 1, 2, 5)
PLANS = 50
"""Megabytes of a set of plans."""
MEGABYTE = 1_000_000
NOISE = random.Random(0).randbytes(MEGABYTE)
"""Made once: a generator that makes megabytes is late for everybody else."""


def look(tab: Tab, person: Mapping[str, Any]) -> dict[str, Any]:
    kind = "pdf" if tab.ask("/report/check_wkhtmltopdf", {}) == "ok" else "html"
    if person["role"] == "buyer":
        return {**purchasing.look(tab, person), "report": kind}
    company = ["company_id", "in", [False, person["company"]]]
    facts = {
        "customers": ids(tab, "res.partner", [company, ["is_company", "=", True]]),
        "products": ids(tab, "product.product", [company, ["sale_ok", "=", True]]),
    }
    if not all(facts.values()):
        raise Refused(f"company {person['company']} has nobody to quote to, or nothing to sell")
    return {**facts, "report": kind}


def request_prices(turn: Turn) -> Done:
    order = purchasing.draft(turn, lines=turn.rng.choice(LINES))
    attach(turn, purchasing.ORDER, order, turn.rng.choice(MEGABYTES))
    shown = turn.tab.open_form(purchasing.ORDER, order)
    print_out(turn, "purchase.report_purchasequotation", order, shown["name"])
    return Done(order, turn.notes["lines"])


def upload_plans(turn: Turn) -> Done:
    """A short request with all the plans of the building."""
    order = purchasing.draft(turn, lines=5)
    attach(turn, purchasing.ORDER, order, PLANS)
    return Done(order, turn.notes["lines"])


def submit_quotation(turn: Turn) -> Done:
    tab, customers, products = turn.tab, turn.facts["customers"], turn.facts["products"]
    lines = turn.notes["lines"] = turn.rng.choice(LINES)
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
    attach(turn, "sale.order", order, turn.rng.choice(MEGABYTES))
    shown = tab.open_form("sale.order", order)
    print_out(turn, "sale.report_saleorder", order, shown["name"])
    return Done(order, lines)


def attach(turn: Turn, model: str, record: int, megabytes: int) -> None:
    """Upload a drawing; its checksum in Odoo is the file's. Raises Refused."""
    content = turn.intent.encode() + NOISE * megabytes
    attachment = turn.tab.upload(model, record, f"{turn.intent.replace('/', '-')}.bin", content)
    shown = turn.tab.read("ir.attachment", attachment, {"checksum": {}, "file_size": {}})
    if shown["checksum"] != checksum(content):
        raise Refused(f"the attachment has {shown['file_size']} bytes and another checksum than the file")


def checksum(content: bytes) -> str:
    """As Odoo keeps it. Others get their turn after each megabyte."""
    digest = hashlib.sha1(usedforsecurity=False)
    for start in range(0, len(content), MEGABYTE):
        digest.update(memoryview(content)[start : start + MEGABYTE])
        gevent.sleep(0)
    return digest.hexdigest()


def print_out(turn: Turn, report: str, record: int, number: str) -> None:
    """As the document goes out: a PDF where the server can make one, else the page it is made of. Raises Refused."""
    kind = turn.facts["report"]
    content = turn.tab.get(f"/report/{kind}/{report}/{record}", f"report ({kind})")
    is_it = content.startswith(b"%PDF") if kind == "pdf" else number.encode() in content
    if not is_it:
        raise Refused(f"the report of {number} is not that of {number}: {content[:100]!r}")


Tender = offer(
    "tender",
    {"request-prices": request_prices, "upload-plans": upload_plans, "submit-quotation": submit_quotation},
    look,
)
