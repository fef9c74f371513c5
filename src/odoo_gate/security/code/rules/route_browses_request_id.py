"""Routes that open a record by an id of the request's own choice, with all rights, and show it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.conditions import asks_whose, opened_by
from odoo_gate.security.code.flow import chain, elevated, is_elevated, mentions
from odoo_gate.security.code.functions import Function
from odoo_gate.security.code.routes import Route, is_guarded, routes_of
from odoo_gate.security.code.rule import AddonRule, Hit
from odoo_gate.security.code.source import AddonSource, PythonFile
from odoo_gate.security.code.syntax import called, snippet, tail


def _examine(addon: AddonSource) -> Iterator[Hit]:
    for file in addon.python:
        for route in routes_of(file):
            if {"sudo", "browse"} <= route.function.words and not is_guarded(route, file):
                yield from _judge(addon.name, file, route)


def _judge(addon: str, file: PythonFile, route: Route) -> Iterator[Hit]:
    records = elevated(route.function)
    told: set[str] = set()
    for call in route.function.calls:
        if called(call) != "browse" or not isinstance(call.func, ast.Attribute):
            continue
        direct = is_elevated(call.func.value, records)
        if not (direct or _later_elevated(call, route)) or not _by_id_of_request(call, route):
            continue
        if asks_whose(call, route.function):
            continue
        shown = snippet(call)
        if shown not in told:
            told.add(shown)
            yield Hit(
                addon,
                file.path,
                call.lineno,
                f"{route.name} (auth={route.auth or 'inherited'!r}) opens any record by the id in the request: {shown}",
                Severity.ERROR if route.open and _is_told(call, route.function) else Severity.WARNING,
                call.end_lineno or call.lineno,
            )


def _by_id_of_request(call: ast.Call, route: Route) -> bool:
    """The id itself comes from the request: through `int()` and variables, not by way of another record."""
    return any(mentions(each, route.values()) and not _reads_record(each) for each in call.args)


def _reads_record(node: ast.expr) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr in ("id", "ids") for each in ast.walk(node))


def _is_told(call: ast.Call, function: Function) -> bool:
    """Whether the record goes into the answer, or is changed: more of it than that it is there."""
    opened = opened_by(call, function)
    return any(_answers_with(node, call, opened) or _changes(node, call, opened) for node in function.nodes)


def _answers_with(node: ast.AST, call: ast.Call, opened: frozenset[str]) -> bool:
    if not isinstance(node, ast.Return) or node.value is None:
        return False
    return any(each is call or (isinstance(each, ast.Name) and each.id in opened) for each in ast.walk(node.value))


def _changes(node: ast.AST, call: ast.Call, opened: frozenset[str]) -> bool:
    if (
        not isinstance(node, ast.Call)
        or called(node) not in ("write", "unlink")
        or not isinstance(node.func, ast.Attribute)
    ):
        return False
    return tail(node.func.value) in opened or any(step is call for step in chain(node))


def _later_elevated(call: ast.Call, route: Route) -> bool:
    """`browse(id).sudo()`"""
    return any(
        called(outer) == "sudo" and any(step is call for step in chain(outer))
        for outer in route.function.calls
        if isinstance(outer.func, ast.Attribute)
    )


RULE = AddonRule(
    name="route-browses-request-id",
    severity=Severity.ERROR,
    reason="ids are counted up: whoever changes the number in the address sees another subcontractor's contract",
    remedy="check the document's access token, or browse without sudo() so that access rights and rules decide",
    examine=_examine,
)
