"""What accountants do, for every profile that posts documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from browser import Refused, Tab
from open_load import Done, Turn

MOVE = "account.move"
LINES = (1, 1, 2, 2, 3, 5, 8)
"""How many lines documents have: most are short."""


def look(tab: Tab, person: Mapping[str, Any]) -> dict[str, Any]:
    """Partners, services, jobs and the bank of the person's company."""
    company = ["company_id", "in", [False, person["company"]]]
    facts = {
        "customers": ids(tab, "res.partner", [company, ["customer_rank", ">", 0]]),
        "vendors": ids(tab, "res.partner", [company, ["supplier_rank", ">", 0]]),
        "products": ids(tab, "product.product", [company, ["type", "=", "service"]]),
        "banks": ids(tab, "account.journal", [["company_id", "=", person["company"]], ["type", "=", "bank"]]),
    }
    empty = [name for name, found in facts.items() if not found]
    if empty:
        raise Refused(f"company {person['company']} has no {', '.join(empty)}")
    return facts


def ids(tab: Tab, model: str, domain: Sequence[Any], limit: int = 200) -> list[int]:
    found: list[int] = tab.call(model, "search", list(domain), limit=limit, order="id")
    return found


def draft(turn: Turn, move_type: str, lines: int | None = None, **values: Any) -> int:
    """Press New, choose a partner, enter lines, save: the id of the document."""
    tab, facts = turn.tab, turn.facts
    partners = facts["vendors" if move_type.startswith("in_") else "customers"]
    partner = partners[turn.number % len(partners)]
    context = {"default_move_type": move_type}
    tab.new_form(MOVE, **context)
    tab.pick("res.partner", "", [["id", "=", partner]])
    count = lines or turn.rng.choice(LINES)
    turn.notes["lines"] = count
    record = tab.save(
        MOVE,
        {
            "move_type": move_type,
            "partner_id": partner,
            "invoice_date": turn.day,
            "ref": turn.intent,
            "invoice_line_ids": [[0, f"virtual_{number}", line(turn, number)] for number in range(count)],
            **values,
        },
        **context,
    )
    turn.notes["record"] = record
    return record


def line(turn: Turn, number: int) -> dict[str, Any]:
    products = turn.facts["products"]
    return {
        "product_id": products[(turn.number + number) % len(products)],
        "name": f"Term {number + 1}",
        "quantity": 1 + turn.rng.randrange(4),
        "price_unit": 50.0 * turn.rng.randint(1, 40),
    }


def post(turn: Turn, record: int) -> dict[str, Any]:
    """Press Confirm and read the form again. Raises Refused when it is not posted."""
    turn.tab.press(MOVE, "action_post", [record])
    shown = turn.tab.open_form(MOVE, record)
    if shown["state"] != "posted":
        raise Refused(f"the document is {shown['state']} after it was confirmed")
    return shown


def pay(turn: Turn, record: int) -> None:
    """The payment wizard, with what it proposes. Raises Refused when the document stays open."""
    tab = turn.tab
    context = {"active_model": MOVE, "active_ids": [record], "active_id": record, "dont_redirect_to_payments": True}
    wizard = tab.save("account.payment.register", {"journal_id": turn.facts["banks"][0]}, **context)
    tab.press("account.payment.register", "action_create_payments", [wizard], **context)
    shown = tab.read(MOVE, record, {"payment_state": {}})
    if shown["payment_state"] not in ("paid", "in_payment"):
        raise Refused(f"the document is {shown['payment_state']} after it was paid")


def done(turn: Turn) -> Done:
    return Done(turn.notes.get("record"), turn.notes.get("lines", 0))
