"""Documents with as many lines as one likes, made and done as a person's client does: queries are counted of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from odoo_gate.load.caller import Caller

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call to count: the method and what it is called with."""

    model: str
    method: str
    arguments: tuple[Any, ...]

    @property
    def what(self) -> str:
        return f"{self.model}.{self.method}"


@dataclass(frozen=True, slots=True)
class Document:
    """A kind of document: needs `model`, holds its lines in `lines_field`, and is done by `button`."""

    name: str
    model: str
    lines_field: str
    button: str
    header: Callable[[Caller], Line]
    line: Callable[[Caller], Line]

    def calls(self, caller: Caller, size: int) -> Generator[Call, Any, None]:
        """Create it with `size` lines, then do it. Send back the result of each call."""
        line = self.line(caller)
        lines = [(0, 0, {**line, "name": f"line {number + 1}"}) for number in range(size)]
        made = yield Call(self.model, "create", ([{**self.header(caller), self.lines_field: lines}],))
        ids = made if isinstance(made, list) else [made]
        yield Call(self.model, self.button, (ids,))


def documents(caller: Caller) -> tuple[Document, ...]:
    """The kinds of documents that this database can hold."""
    known = (
        Document("invoice", "account.move", "invoice_line_ids", "action_post", _invoice, _invoice_line),
        Document("bill", "account.move", "invoice_line_ids", "action_post", _bill, _bill_line),
        Document("purchase order", "purchase.order", "order_line", "button_confirm", _order, _order_line),
        Document("sale order", "sale.order", "order_line", "action_confirm", _order, _sale_line),
    )
    return tuple(each for each in known if caller.has_model(each.model) and (_can_be_made(caller, each)))


def _can_be_made(caller: Caller, document: Document) -> bool:
    """A journal or a product may be missing where the company does not work with such documents."""
    if document.model == "account.move":
        kind = "sale" if document.name == "invoice" else "purchase"
        return _first(caller, "account.journal", [["type", "=", kind], ["company_id", "=", caller.company]]) is not None
    return _first(caller, "product.product", _PRODUCTS[document.model]) is not None


_PRODUCTS: Mapping[str, list[list[Any]]] = {
    "purchase.order": [["purchase_ok", "=", True]],
    "sale.order": [["sale_ok", "=", True]],
}


def _invoice(caller: Caller) -> Line:
    return {"move_type": "out_invoice", "partner_id": _partner(caller), "invoice_date": _today()}


def _bill(caller: Caller) -> Line:
    now = datetime.now(UTC)
    return {
        "move_type": "in_invoice",
        "partner_id": _partner(caller),
        "invoice_date": _today(),
        "ref": f"odoo-gate {now.timestamp()}",
    }


def _order(caller: Caller) -> Line:
    return {"partner_id": _partner(caller)}


def _invoice_line(caller: Caller) -> Line:
    return {"quantity": 2, "price_unit": 12.5, **_account(caller, "income")}


def _bill_line(caller: Caller) -> Line:
    return {"quantity": 2, "price_unit": 12.5, **_account(caller, "expense")}


def _order_line(caller: Caller) -> Line:
    product = _first(caller, "product.product", _PRODUCTS["purchase.order"])
    return {"product_id": product, "product_qty": 2, "price_unit": 12.5, "date_planned": f"{_today()} 12:00:00"}


def _sale_line(caller: Caller) -> Line:
    return {"product_id": _first(caller, "product.product", _PRODUCTS["sale.order"]), "product_uom_qty": 2}


def _account(caller: Caller, kind: str) -> Line:
    """The account of the line: the journal's own default when the chart tells no type."""
    journal_type = "sale" if kind == "income" else "purchase"
    domain = [["type", "=", journal_type], ["company_id", "=", caller.company]]
    found: list[dict[str, Any]] = caller.call("account.journal", "search_read", domain, ["default_account_id"], limit=1)
    account = found[0]["default_account_id"] if found else None
    return {"account_id": account[0]} if account else {}


def _partner(caller: Caller) -> int | None:
    domain: list[list[Any]] = [["is_company", "=", True], ["company_id", "in", [False, caller.company]]]
    return _first(caller, "res.partner", domain)


def _first(caller: Caller, model: str, domain: list[list[Any]]) -> int | None:
    ids: list[int] = caller.call(model, "search", domain, limit=1, order="id")
    return ids[0] if ids else None


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
