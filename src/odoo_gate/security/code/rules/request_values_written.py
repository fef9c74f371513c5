"""Records created or written, past all rights, with whatever fields the request names."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.flow import elevated, is_elevated
from odoo_gate.security.code.functions import Function
from odoo_gate.security.code.routes import Route, routes_of
from odoo_gate.security.code.rule import AddonRule, Hit
from odoo_gate.security.code.source import AddonSource
from odoo_gate.security.code.syntax import called, snippet, tail

_WHOLE = frozenset({"params", "form", "values", "jsonrequest"})


def _examine(addon: AddonSource) -> Iterator[Hit]:
    for file in addon.python:
        for route in routes_of(file):
            if "sudo" not in route.function.words:
                continue
            records = elevated(route.function)
            for call in route.function.calls:
                if called(call) in ("write", "create", "update") and _is_on_records(call, records):
                    whole = next((each for each in call.args if _is_whole_request(each, route)), None)
                    if whole is not None:
                        yield Hit(
                            addon.name,
                            file.path,
                            call.lineno,
                            f"{route.name} (auth={route.auth or 'inherited'!r}) lets the request choose the fields: "
                            f"{snippet(call)}",
                            last_line=call.end_lineno or call.lineno,
                        )


def _is_on_records(call: ast.Call, records: frozenset[str]) -> bool:
    return isinstance(call.func, ast.Attribute) and is_elevated(call.func.value, records)


def _is_whole_request(node: ast.expr, route: Route) -> bool:
    """The mapping of all that was sent, itself, unpacked, or copied with `dict()`."""
    match node:
        case ast.Name(id=name):
            return name == _catch_all(route.function) or any(
                _is_whole_request(source.value, route)
                for source in route.function.variables.get(name, ())
                if not source.element and not (isinstance(source.value, ast.Name) and source.value.id == name)
            )
        case ast.Dict(keys=keys, values=values):
            return any(key is None and _is_whole_request(value, route) for key, value in zip(keys, values, strict=True))
        case ast.Call(func=ast.Name(id="dict"), args=args, keywords=keywords):
            return any(_is_whole_request(each, route) for each in args) or any(
                each.arg is None and _is_whole_request(each.value, route) for each in keywords
            )
        case ast.Attribute(attr=attribute, value=value):
            return attribute in _WHOLE and tail(value) in ("request", "httprequest")
        case ast.Call():
            return called(node) in ("get_json_data", "get_http_params")
    return False


def _catch_all(function: Function) -> str:
    node = function.node
    return node.args.kwarg.arg if node is not None and node.args.kwarg is not None else ""


RULE = AddonRule(
    name="request-values-written",
    severity=Severity.ERROR,
    reason="the sender adds a field nobody thought of: state, amount, partner_id, groups",
    remedy="take the fields you mean by name out of the request, and write those",
    examine=_examine,
)
