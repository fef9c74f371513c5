"""Python run from values."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.flow import mentions
from odoo_gate.security.code.routes import routes_of
from odoo_gate.security.code.rule import AddonRule, Hit
from odoo_gate.security.code.source import AddonSource
from odoo_gate.security.code.syntax import called, snippet

_RUNS = frozenset({"eval", "exec"})


def _examine(addon: AddonSource) -> Iterator[Hit]:
    for file in addon.python:
        if "eval(" not in file.text and "exec(" not in file.text:
            continue
        for function in file.functions:
            for call in function.calls:
                named = isinstance(call.func, ast.Name) and call.func.id in _RUNS
                if named and call.args and not isinstance(call.args[0], ast.Constant):
                    message = f"{function.qualified} runs as Python what it finds: {snippet(call)}"
                    yield Hit(addon.name, file.path, call.lineno, message, last_line=call.end_lineno or call.lineno)
        for route in routes_of(file):
            values = route.values()
            for call in route.function.calls:
                if called(call) == "safe_eval" and call.args and mentions(call.args[0], values):
                    message = (
                        f"{route.name} (auth={route.auth or 'inherited'!r}) evaluates the request: {snippet(call)}"
                    )
                    yield Hit(addon.name, file.path, call.lineno, message, last_line=call.end_lineno or call.lineno)


RULE = AddonRule(
    name="code-from-data",
    severity=Severity.ERROR,
    reason="who can put text there runs programs on the server as Odoo: the whole database, and every password in it",
    remedy="use ast.literal_eval for values, json.loads for data, or a table of the functions that may be named",
    examine=_examine,
)
