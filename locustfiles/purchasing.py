"""What buyers do, for every profile that orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from browser import Refused, Tab
from invoicing import ids
from open_load import Done, Turn

ORDER = "purchase.order"


def look(tab: Tab, person: Mapping[str, Any]) -> dict[str, Any]:
    """Suppliers and what is bought from them, in the person's company."""
    company = ["company_id", "in", [False, person["company"]]]
    facts = {
        "vendors": ids(tab, "res.partner", [company, ["is_company", "=", True], ["supplier_rank", ">", 0]]),
        "products": ids(tab, "product.product", [company, ["purchase_ok", "=", True]]),
    }
    empty = [name for name, found in facts.items() if not found]
    if empty:
        raise Refused(f"company {person['company']} has no {', '.join(empty)}")
    return facts


def draft(turn: Turn, lines: int, price: float = 100.0, **values: Any) -> int:
    """A request for quotation, saved: its id."""
    tab = turn.tab
    vendors = turn.facts["vendors"]
    vendor = vendors[turn.number % len(vendors)]
    tab.new_form(ORDER)
    tab.pick("res.partner", "", [["id", "=", vendor]])
    turn.notes["lines"] = lines
    record = tab.save(
        ORDER,
        {
            "partner_id": vendor,
            "partner_ref": turn.intent,
            "order_line": [[0, f"virtual_{number}", line(turn, number, price)] for number in range(lines)],
            **values,
        },
    )
    turn.notes["record"] = record
    return record


def line(turn: Turn, number: int, price: float) -> dict[str, Any]:
    products = turn.facts["products"]
    return {
        "product_id": products[number % len(products)],
        "name": f"Item {number + 1}",
        "product_qty": 1 + turn.rng.randrange(9),
        "price_unit": price,
    }


def state(tab: Tab, record: int) -> str:
    return str(tab.read(ORDER, record, {"state": {}})["state"])


def browse(turn: Turn) -> Done:
    rows = turn.tab.open_list(ORDER)
    if not rows:
        raise Refused("the list of orders is empty")
    turn.tab.open_form(ORDER, rows[turn.rng.randrange(len(rows))]["id"])
    return Done(lines=len(rows))
