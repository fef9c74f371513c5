"""The one document a probe writes: where it may, what is found when it goes wrong, and that nothing is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from odoo_gate.probe.canary import Canary
from odoo_gate.probe.signed import SignedReport
from odoo_gate.probe.visitor import Spent, Unwell, Visitor
from odoo_gate.settings import ProbeSettings
from odoo_gate.settings.probe import CanaryWrite

ORDER = CanaryWrite(model="purchase.order", key="partner_ref", values={"partner_id": "Canary supplier"})
CANARY, OTHER = 7, 1


class Books(Visitor):
    """An Odoo in memory: companies, one supplier, orders. `fate` is what is wrong with it."""

    def __init__(self, fate: str = "", settings: ProbeSettings | None = None) -> None:
        super().__init__("http://127.0.0.1:1", settings or ProbeSettings())
        self.server_time = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.fate = fate
        self.orders: dict[int, dict[str, Any]] = {}
        self.written: list[dict[str, Any]] = []
        self.is_unlimited = False

    @contextmanager
    def without_limits(self) -> Iterator[None]:
        self.is_unlimited = True
        yield
        self.is_unlimited = False

    def call(self, model: str, method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        self.requests += 1
        if model == "res.company":
            return [] if self.fate == "no company" else [{"id": CANARY, "name": "Canary"}]
        if model == "res.partner":
            assert kwargs["context"] == {"allowed_company_ids": [CANARY]}
            return [{"id": 3, "name": "Canary supplier"}]
        return getattr(self, f"_{method}")(args, kwargs)

    def _fields_get(self, _: list[Any], __: dict[str, Any]) -> dict[str, Any]:
        fields = {"partner_ref": {"type": "char"}, "state": {"type": "selection"}}
        fields["partner_id"] = {"type": "many2one", "relation": "res.partner"}
        return fields if self.fate == "no companies" else {**fields, "company_id": {"type": "many2one"}}

    def _create(self, args: list[Any], kwargs: dict[str, Any]) -> list[int]:
        assert kwargs["context"] == {"allowed_company_ids": [CANARY]}
        told = args[0][0]
        self.written.append(told)
        company = OTHER if self.fate == "elsewhere" else told["company_id"]
        if self.fate != "nothing kept":
            state = "purchase" if self.fate == "confirmed" else "draft"
            self.orders[50] = {**told, "id": 50, "company_id": company, "state": state, "create_date": "2026-11-22 12"}
        if self.fate == "no answer":
            raise Unwell("not-answering", "no answer in time")
        if self.fate == "time is up":
            raise Spent("180 seconds are all")
        return [50]

    def _search_read(self, _: list[Any], kwargs: dict[str, Any]) -> list[dict[str, Any]]:
        if self.fate == "time is up" and self.written and not self.is_unlimited:
            raise Spent("180 seconds are all")
        found = [order for order in self.orders.values() if all(self._holds(order, *each) for each in kwargs["domain"])]
        return [{name: order[name] for name in ("id", *kwargs["fields"])} for order in found]

    def _holds(self, order: dict[str, Any], field: str, operator: str, value: Any) -> bool:
        held = order[field]
        ways = {"=": held == value, "!=": held != value, "<": str(held) < str(value)}
        return ways[operator] if operator in ways else str(held).startswith(value.rstrip("%"))

    def _button_cancel(self, args: list[Any], _: dict[str, Any]) -> bool:
        for number in args[0]:
            self.orders[number]["state"] = "cancel"
        return True

    def _unlink(self, args: list[Any], _: dict[str, Any]) -> bool:
        if self.fate == "stays":
            raise Unwell("refused", "an order is never deleted")
        for number in args[0]:
            del self.orders[number]
        return True


class Report(SignedReport):
    """A genuine report whose policy names `company`."""

    canary_company = ""

    def __init__(self, company: str) -> None:
        object.__setattr__(self, "readiness", None)
        object.__setattr__(self, "versions", None)
        type(self).canary_company = company


def told_by(books: Books, write: CanaryWrite | None = ORDER, company: str = "Canary") -> Canary:
    canary = Canary(books, Report(company), write, lambda _: None)
    canary.write_and_undo()
    return canary


def rules(canary: Canary) -> list[str]:
    return [each.rule for each in canary.observed]


def test_a_document_is_made_for_the_canary_read_back_and_gone():
    books = Books()
    canary = told_by(books)
    assert canary.observed == []
    assert [(each.name, each.failed) for each in canary.journeys] == [("canary-write", 0)]
    assert [(told["company_id"], told["partner_id"]) for told in books.written] == [(CANARY, 3)]
    assert books.orders == {}


def test_nothing_is_written_where_the_signed_policy_names_no_company():
    books = Books()
    assert rules(told_by(books, company="")) == ["not-looked-at"]
    assert books.requests == 0


def test_nothing_is_written_where_gate_toml_says_nothing():
    books = Books()
    canary = told_by(books, write=None)
    assert canary.observed == []
    assert canary.not_asked == ["writing: gate.toml has no [probe.canary]"]
    assert books.requests == 0


@pytest.mark.parametrize("fate", ["no company", "no companies"])
def test_nothing_is_written_when_a_document_could_land_anywhere(fate: str):
    books = Books(fate)
    assert rules(told_by(books)) == ["refused"]
    assert books.written == []


@pytest.mark.parametrize(
    ("fate", "found"),
    [
        ("nothing kept", ["canary-lost"]),
        ("elsewhere", ["canary-elsewhere"]),
        ("confirmed", ["canary-lost"]),
        ("no answer", ["not-answering"]),
        ("time is up", ["not-looked-at"]),
    ],
)
def test_what_goes_wrong_is_found_and_still_nothing_is_left(fate: str, found: list[str]):
    books = Books(fate)
    canary = told_by(books)
    assert rules(canary) == found
    assert [each.median for each in canary.journeys] == [None]
    assert books.orders == {}


def test_what_cannot_be_taken_away_is_told_by_its_mark():
    books = Books("stays")
    canary = told_by(books)
    assert rules(canary) == ["canary-left"]
    assert books.orders[50]["partner_ref"] in canary.observed[0].remedy


def test_what_may_only_be_cancelled_stays_cancelled():
    books = Books("stays")
    assert rules(told_by(books, ORDER.model_copy(update={"cancel": "button_cancel"}))) == []
    assert books.orders[50]["state"] == "cancel"


def test_what_a_dead_probe_left_goes_and_what_a_living_one_has_stays():
    books = Books()
    for number, created in ((40, "2026-11-22 10:00:00"), (41, "2026-11-22 11:59:00")):
        order = {
            "partner_ref": f"odoo-gate canary {number}",
            "company_id": CANARY,
            "state": "draft",
            "create_date": created,
        }
        books.orders[number] = {**order, "id": number}
    assert rules(told_by(books)) == []
    assert list(books.orders) == [41]


def test_a_probe_with_few_requests_left_does_not_begin():
    books = Books(settings=ProbeSettings(max_requests=20))
    assert rules(told_by(books)) == ["not-looked-at"]
    assert books.requests == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": "purchase.order", "cancel": "unlink"},
        {"model": "purchase.order", "cancel": "button_confirm"},
        {"model": "purchase.order", "values": {"company_id": 1}},
        {"model": "purchase.order", "key": "partner_ref", "values": {"partner_ref": "x"}},
    ],
)
def test_settings_that_would_write_otherwise_are_refused(wrong: dict[str, Any]):
    with pytest.raises(ValidationError):
        ProbeSettings.model_validate({"canary": wrong})
