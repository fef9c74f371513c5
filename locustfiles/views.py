"""What the web client asks for when it shows a view: every field of its architecture, as deep as the view goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

_READ: dict[tuple[str, ...], dict[str, Any]] = {}
"""By the text it was read from: people of one role are shown the same views."""
_LISTS = ("list", "tree")
_SUBVIEWS = ("list", "tree", "kanban", "form", "search", "graph", "pivot", "calendar", "activity")
_X2MANY_PAGE = 40


def specifications(found: Mapping[str, Any], model: str) -> dict[str, dict[str, Any]]:
    """The specification of `web_read` for the list and the form that `get_views` gave."""
    return {kind: _read(found, model, kind) for kind in ("list", "form")}


def _read(found: Mapping[str, Any], model: str, kind: str) -> dict[str, Any]:
    arch = found["views"][kind]["arch"]
    key = (model, arch, *sorted(f"{name}:{len(facts.get('fields', ()))}" for name, facts in found["models"].items()))
    if key not in _READ:
        _READ[key] = _of(ElementTree.fromstring(arch), model, found["models"])
    return _READ[key]


def _of(view: ElementTree.Element, model: str, models: Mapping[str, Any]) -> dict[str, Any]:
    fields = models[model].get("fields", {})
    wanted: dict[str, Any] = {}
    for node in _field_nodes(view):
        name = node.get("name", "")
        if name in fields:
            wanted[name] = {**wanted.get(name, {}), **_field(node, fields[name], models)}
    return wanted


def _field(node: ElementTree.Element, field: Mapping[str, Any], models: Mapping[str, Any]) -> dict[str, Any]:
    kind = field["type"]
    if kind == "many2one":
        return {"fields": {"display_name": {}}}
    if kind not in ("one2many", "many2many"):
        return {}
    inner = next((child for child in node if child.tag in (*_LISTS, "kanban")), None)
    if inner is None:
        tags = node.get("widget", "").startswith("many2many")
        return {"fields": {"display_name": {}}} if tags else {"fields": {}}
    return {
        "fields": _of(inner, field["relation"], models) if field["relation"] in models else {},
        "limit": _X2MANY_PAGE,
    }


def _field_nodes(view: ElementTree.Element) -> list[ElementTree.Element]:
    """The fields of this view, not those of views inside it."""
    found = []
    for child in view:
        if child.tag == "field":
            found.append(child)
        elif child.tag not in _SUBVIEWS:
            found.extend(_field_nodes(child))
    return found
