"""Routes without login that go past access rights with what the request says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.conditions import asks_whose
from odoo_gate.security.code.flow import chain, elevated, is_elevated, mentions
from odoo_gate.security.code.routes import Route, is_guarded, routes_of
from odoo_gate.security.code.rule import AddonRule, Hit
from odoo_gate.security.code.source import AddonSource, PythonFile
from odoo_gate.security.code.syntax import called, snippet, text_of

_SELECTS = frozenset({"search", "search_read", "search_fetch", "search_count", "read_group", "_read_group"})
_OPEN_TO_ALL = re.compile(r"^(?:\w+\.)*res\.(?:city|country|currency|lang)\b")


def _examine(addon: AddonSource) -> Iterator[Hit]:
    for file in addon.python:
        for route in routes_of(file):
            if route.open and "sudo" in route.function.words and not is_guarded(route, file):
                yield from _judge(addon.name, file, route)


def _judge(addon: str, file: PythonFile, route: Route) -> Iterator[Hit]:
    values = route.values()
    records = elevated(route.function)
    told: set[str] = set()
    for call in route.function.calls:
        if called(call) not in _SELECTS or not isinstance(call.func, ast.Attribute):
            continue
        if not is_elevated(call.func.value, records) or not _depends_on(call, values):
            continue
        if any(asks_whose(step, route.function) for step in chain(call)) or _is_harmless(call, route, values):
            continue
        shown = snippet(call)
        if shown in told:
            continue
        told.add(shown)
        yield Hit(
            addon,
            file.path,
            call.lineno,
            f"{route.name} (auth={route.auth!r}) reaches records past all rights with what the request says: {shown}",
            last_line=call.end_lineno or call.lineno,
        )


def _is_harmless(call: ast.Call, route: Route, values: frozenset[str]) -> bool:
    """What it picks from is open to all, or narrowed to a record that the request does not choose (`visitor.id`)."""
    given = [each for step in chain(call) for each in (*step.args, *(named.value for named in step.keywords))]
    variables = [each.id for each in given if isinstance(each, ast.Name)]
    given += [source.value for name in variables for source in route.function.variables.get(name, ())]
    narrowed = any(_is_id_of_another(node, values) for each in given for node in ast.walk(each))
    return narrowed or any(_OPEN_TO_ALL.search(text_of(node)) for node in ast.walk(call) if isinstance(node, ast.expr))


def _is_id_of_another(node: ast.AST, values: frozenset[str]) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr not in ("id", "ids"):
        return False
    return isinstance(node.value, ast.Name) and node.value.id not in values


def _depends_on(call: ast.Call, values: frozenset[str]) -> bool:
    return any(mentions(each, values) for step in chain(call) for each in (*step.args, *step.keywords))


RULE = AddonRule(
    name="route-reaches-sudo",
    severity=Severity.WARNING,
    reason="who has no account picks the record, and nothing asks whether it is his: other parties' orders and bills",
    remedy="ask for an access token (_document_check_access), or drop sudo() and let access rights and rules decide",
    examine=_examine,
)
