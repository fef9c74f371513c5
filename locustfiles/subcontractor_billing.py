"""Subcontractor billing run: what was certified and ordered is billed and posted, singly and fifty at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import invoicing
import purchasing
from browser import Refused, Tab
from open_load import Done, Turn, offer

CERTIFICATE = "construction.progress.certificate"
SUBCONTRACT = "construction.subcontract"
WIZARD = "validate.account.move"
BATCH = 50


def look(tab: Tab, person: Mapping[str, Any]) -> dict[str, Any]:
    if person["role"] != "site_accountant":
        return purchasing.look(tab, person)
    installed = tab.call("res.users", "has_group", [tab.browser.uid], "construction_subcontract.group_subcontract_user")
    if not installed:
        raise Refused("the role site_accountant may not value subcontracts")
    found = invoicing.ids(tab, SUBCONTRACT, [["company_id", "=", person["company"]], ["state", "=", "active"]])
    if not found:
        raise Refused(f"company {person['company']} has no active subcontracts")
    return {"subcontracts": found}


def bill_certificate(turn: Turn) -> Done:
    """Value one per cent more, certify it, bill it, post the bill."""
    tab, subcontracts = turn.tab, turn.facts["subcontracts"]
    subcontract = subcontracts[turn.number % len(subcontracts)]
    tab.open_form(SUBCONTRACT, subcontract)
    certificate = tab.press(SUBCONTRACT, "action_new_certificate", [subcontract])["res_id"]
    shown = tab.read(CERTIFICATE, certificate, {"line_ids": {"fields": {"percent_complete": {}}}})
    lines = [[1, line["id"], {"percent_complete": more(line["percent_complete"])}] for line in shown["line_ids"]]
    tab.save(CERTIFICATE, {"line_ids": lines}, certificate)
    tab.press(CERTIFICATE, "action_certify", [certificate])
    bill = tab.press(CERTIFICATE, "action_create_bill", [certificate])["res_id"]
    turn.notes |= {"record": bill, "lines": len(lines)}
    tab.save(invoicing.MOVE, {"ref": turn.intent, "invoice_date": turn.day}, bill, default_move_type="in_invoice")
    invoicing.post(turn, bill)
    return invoicing.done(turn)


def more(percent: float) -> float:
    if percent + 0.5 > 100:
        raise Refused("the subcontract is valued to its end")
    return percent + 0.5


def bill_order(turn: Turn) -> Done:
    """Order, receive the bill, post it: the bill says which order it is for."""
    tab = turn.tab
    order = purchasing.draft(turn, lines=turn.rng.choice(invoicing.LINES))
    tab.press(purchasing.ORDER, "button_confirm", [order])
    if purchasing.state(tab, order) != "purchase":
        raise Refused(f"the order is {purchasing.state(tab, order)} after it was confirmed")
    rows = tab.read(purchasing.ORDER, order, {"order_line": {"fields": {"product_qty": {}}}})["order_line"]
    received = [[1, row["id"], {"qty_received": row["product_qty"]}] for row in rows]
    tab.save(purchasing.ORDER, {"order_line": received}, order)
    bill = tab.press(purchasing.ORDER, "action_create_invoice", [order])["res_id"]
    turn.notes["record"] = bill
    tab.save(invoicing.MOVE, {"ref": turn.intent, "invoice_date": turn.day}, bill, default_move_type="in_invoice")
    invoicing.post(turn, bill)
    return invoicing.done(turn)


def post_batch(turn: Turn) -> Done:
    """Bills that an interface delivered as drafts are selected in the list and confirmed together."""
    tab = turn.tab
    made = tab.call(invoicing.MOVE, "create", [delivered(turn, number) for number in range(BATCH)])
    turn.notes |= {"record": made[0], "lines": BATCH}
    tab.open_list(invoicing.MOVE, [["id", "in", made]], default_move_type="in_invoice")
    answer = tab.call(invoicing.MOVE, "action_validate_moves_with_confirmation", made)
    if isinstance(answer, dict) and answer.get("res_model") == WIZARD:  # amounts or dates it finds unusual
        tab.press(WIZARD, "validate_move", [answer["res_id"]], validate_analytic=True)
    drafts = [row["id"] for row in tab.call(invoicing.MOVE, "read", made, ["state"]) if row["state"] != "posted"]
    if drafts:
        raise Refused(f"{len(drafts)} of {BATCH} bills are not posted after they were confirmed")
    return invoicing.done(turn)


def delivered(turn: Turn, number: int) -> dict[str, Any]:
    vendors, products = turn.facts["vendors"], turn.facts["products"]
    line = {
        "product_id": products[(turn.number + number) % len(products)],
        "quantity": 1 + number % 5,
        "price_unit": 10.0 * turn.rng.randint(10, 90),
    }
    return {
        "move_type": "in_invoice",
        "partner_id": vendors[(turn.number + number) % len(vendors)],
        "invoice_date": turn.day,
        "ref": f"{turn.intent}#{number:02d}",
        "invoice_line_ids": [[0, 0, line]],
    }


SubcontractorBilling = offer(
    "subcontractor-billing",
    {
        "bill-order": bill_order,
        "bill-certificate": bill_certificate,
        "post-batch": post_batch,
        "browse-orders": purchasing.browse,
    },
    look,
)
