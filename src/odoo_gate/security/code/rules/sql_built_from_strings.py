"""SQL whose text is put together from values."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.built import Builder, Built, Kind, Part
from odoo_gate.security.code.functions import Function
from odoo_gate.security.code.rule import AddonRule, Hit
from odoo_gate.security.code.source import AddonSource, PythonFile
from odoo_gate.security.code.syntax import called, keyword, snippet, tail
from odoo_gate.security.code.visibility import is_callable_by_users

_CURSORS = frozenset({"cr", "_cr", "cursor"})
_SAFE = frozenset({"SQL", "Identifier", "identifier", "Literal", "Placeholder", "Composed", "quote_ident", "mogrify"})
_DATES = frozenset({"today", "now", "context_today", "context_timestamp", "strftime", "isoformat", "to_string"})
_QUOTED = re.compile(r"'[^'\s]*$")
_STATEMENT = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|WHERE|FROM|JOIN|ORDER BY|ALTER|CREATE|DROP)\b", re.IGNORECASE)


def _examine(addon: AddonSource) -> Iterator[Hit]:
    for file in addon.python:
        if "execute" not in file.text and "SQL(" not in file.text:
            continue
        for function in file.functions:
            for call in function.calls:
                written = _sql_of(call)
                if written is not None:
                    yield from _judge(addon.name, file, function, call, written)


def _sql_of(call: ast.Call) -> ast.expr | None:
    """What a call takes as the text of a query; None when it takes none."""
    if not _takes_sql(call):
        return None
    return call.args[0] if call.args else keyword(call, "query") or keyword(call, "code")


def _takes_sql(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute):
        if call.func.attr in ("execute", "executemany"):
            return tail(call.func.value) in _CURSORS
        return call.func.attr == "SQL" and tail(call.func.value) in ("tools", "sql")
    return called(call) == "SQL"


def _judge(addon: str, file: PythonFile, function: Function, call: ast.Call, written: ast.expr) -> Iterator[Hit]:
    built = Builder(file, function, _SAFE | _DATES).read(written)
    worst = _worst(function, built)
    if worst is None:
        return
    severity, part = worst
    what = "SQL()" if called(call) == "SQL" else "cr.execute()"
    yield Hit(
        addon,
        file.path,
        call.lineno,
        f"{function.qualified} hands {what} a text with {snippet(part.value)} in it: {snippet(written)}",
        severity,
        call.end_lineno or call.lineno,
    )


def _worst(function: Function, built: Built) -> tuple[Severity, Part] | None:
    """What is filled in and could be anybody's words; an error where that is next to certain."""
    callable_ = is_callable_by_users(function)
    if not built.joined:
        whole = next((part for part in built.parts if part.kind is Kind.CALLER), None)
        return (Severity.ERROR, whole) if whole is not None and callable_ else None
    graded = [(Severity.ERROR if _is_hole(part, callable_) else Severity.WARNING, part) for part in built.parts]
    return min(graded, key=lambda each: each[0] is not Severity.ERROR, default=None)


def _is_hole(part: Part, callable_: bool) -> bool:
    if part.kind is Kind.CALLER and callable_:
        return True
    return part.kind is Kind.CALLER and bool(_QUOTED.search(part.before)) and bool(_STATEMENT.search(part.before))


RULE = AddonRule(
    name="sql-built-from-strings",
    severity=Severity.ERROR,
    reason="a value in the text of a query can end the query and begin another: read every wage, empty the ledger",
    remedy="give values as parameters: cr.execute(query, [value]) or SQL('... %s', value); names: SQL.identifier(name)",
    examine=_examine,
)
