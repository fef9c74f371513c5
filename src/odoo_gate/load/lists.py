"""The lists people open, of the project's own models and of the great ones: read by rows, as the client reads them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from odoo_gate.load.caller import Caller, Refused
from odoo_gate.load.documents import Call

_GREAT = (
    "account.move",
    "account.move.line",
    "purchase.order",
    "sale.order",
    "project.project",
    "project.task",
    "account.analytic.line",
    "hr.employee",
    "product.template",
    "res.partner",
)
_GET_VIEWS_SINCE = 16
_LIST_SINCE = 18
_FIELD = re.compile(r"""<field\b[^>]*?\bname=["']([^"']+)["']""")


@dataclass(frozen=True, slots=True)
class Rows:
    """A list: the ids that are there, at most as many as asked for, and the fields its view and our modules have."""

    model: str
    ids: tuple[int, ...]
    fields: tuple[str, ...]

    def call(self, size: int) -> Call:
        return Call(self.model, "read", (list(self.ids[:size]), list(self.fields)))

    def of_field(self, field: str) -> Rows:
        return Rows(self.model, self.ids, (field,))


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists with rows, and by model why another one cannot be read."""

    readable: tuple[Rows, ...]
    refused: Mapping[str, str]


def lists(caller: Caller, modules: Collection[str], series: str, most: int) -> Lists:
    """Every list with a row or more, of the models of `modules` and of the great ones, at most `most` rows each."""
    own = _own_fields(caller, modules)
    readable, refused = [], {}
    for model in sorted({*own, *(model for model in _GREAT if caller.has_model(model))}):
        try:
            rows = _rows(caller, model, own.get(model, set()), series, most)
        except Refused as error:  # abstract, or nobody's to read: there is no such list
            refused[model] = error.message
            continue
        if rows.ids:
            readable.append(rows)
    return Lists(tuple(readable), refused)


def _rows(caller: Caller, model: str, own: set[str], series: str, most: int) -> Rows:
    ids = caller.call(model, "search", [], limit=most, order="id desc")
    if not ids:
        return Rows(model, (), ())
    known = caller.call(model, "fields_get", [], ["type"])
    wanted = {*own, *_in_list_view(caller, model, series), "display_name"}
    fields = sorted(name for name in wanted if name in known and known[name]["type"] != "binary")
    return Rows(model, tuple(ids), tuple(fields))


def _in_list_view(caller: Caller, model: str, series: str) -> set[str]:
    major = int(series.split(".", maxsplit=1)[0])
    kind = "list" if major >= _LIST_SINCE else "tree"
    if major < _GET_VIEWS_SINCE:
        view: dict[str, Any] = caller.call(model, "fields_view_get", view_type=kind)
        return set(view["fields"])
    arch: str = caller.call(model, "get_views", [[False, kind]])["views"][kind]["arch"]
    return set(_FIELD.findall(arch))


def _own_fields(caller: Caller, modules: Collection[str]) -> dict[str, set[str]]:
    """By model, the fields that the project's own modules add: what a release can make slow."""
    domain = [["model", "=", "ir.model.fields"], ["module", "in", sorted(modules)]]
    ids = sorted({each["res_id"] for each in caller.call("ir.model.data", "search_read", domain, ["res_id"])})
    found: dict[str, set[str]] = {}
    for field in caller.call("ir.model.fields", "read", ids, ["name", "model"]) if ids else ():
        found.setdefault(field["model"], set()).add(field["name"])
    wizards = [["model", "in", sorted(found)], ["transient", "=", True]]
    for each in caller.call("ir.model", "search_read", wizards, ["model"]):
        found.pop(each["model"], None)
    return found
