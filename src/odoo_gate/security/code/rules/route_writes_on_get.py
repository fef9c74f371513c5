"""Routes that change data when an address is merely opened."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.routes import Route, routes_of
from odoo_gate.security.code.rule import AddonRule, Hit
from odoo_gate.security.code.source import AddonSource
from odoo_gate.security.code.syntax import called, snippet, tail

_NO_RECORDS = frozenset(
    {"Command", "session", "response", "output", "stream", "f", "fp", "file", "buffer", "writer", "zip_file"}
)


_OF_A_FORM = frozenset({"validate_csrf", "csrf_token", "files", "ufile"})


def _examine(addon: AddonSource) -> Iterator[Hit]:
    for file in addon.python:
        for route in routes_of(file):
            if not route.answers_get or route.auth in ("", "bearer") or _asks_for_post(route):
                continue
            call = next((each for each in route.function.calls if _is_change(each)), None)
            if call is not None:
                yield Hit(
                    addon.name,
                    file.path,
                    call.lineno,
                    f"{route.name} (auth={route.auth!r}) changes data on GET: {snippet(call)}",
                    last_line=call.end_lineno or call.lineno,
                )


def _asks_for_post(route: Route) -> bool:
    """In its body: by the method, by the token of a form, or because it takes files."""
    words = route.function.words
    return {"POST", "method"} <= words or not _OF_A_FORM.isdisjoint(words)


def _is_change(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or tail(call.func.value) in _NO_RECORDS:
        return False
    match called(call), call.args:
        case "unlink", []:
            return True
        case "create", [ast.Dict() | ast.List()]:
            return True
        case "write", [ast.Dict()]:
            return True
        case "write" | "create", [ast.Name(id=name)]:
            return "val" in name or name in ("kw", "kwargs", "post", "data")
    return False


RULE = AddonRule(
    name="route-writes-on-get",
    severity=Severity.WARNING,
    reason="a link in a mail, a preview or a crawler changes data, and Odoo checks no CSRF token on GET",
    remedy="say methods=['POST'], and let GET only show",
    examine=_examine,
)
