"""Methods any user can call over RPC, and that go past access rights with what he hands them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.flow import chain, elevated, handed, is_elevated, mentions
from odoo_gate.security.code.functions import Function
from odoo_gate.security.code.models import model_methods
from odoo_gate.security.code.rule import AddonRule, Hit
from odoo_gate.security.code.source import AddonSource
from odoo_gate.security.code.syntax import called, is_constant, snippet, tail
from odoo_gate.security.code.visibility import is_public_method

_GUARD = re.compile(
    r"check_access|has_access|_access$|has_groups?$|_has_groups$|is_admin|is_system|is_superuser|filtered_access"
    r"|filter_access_rules|AccessError|AccessDenied|consteq|compare_digest|access_token|_allowed$"
)
_THE_USERS_OWN = frozenset({"uid", "user", "company", "companies"})
_SELECTS = frozenset({"browse", "search", "search_read", "search_fetch", "search_count", "read_group", "_read_group"})
_CHANGES = frozenset({"write", "create", "unlink", "copy"})
_ON_RECORDS = frozenset({"write", "unlink"})
_CURSORS = frozenset({"cr", "_cr"})


def _examine(addon: AddonSource) -> Iterator[Hit]:
    for file in addon.python:
        if not any(word in file.text for word in ("sudo", "safe_eval", "getattr", "SUPERUSER_ID", "execute")):
            continue
        for method in model_methods(file):
            if is_public_method(method) and not any(map(_GUARD.search, method.words)):
                for call, severity, what in _dangers(method):
                    yield Hit(
                        addon.name,
                        file.path,
                        call.lineno,
                        f"{method.qualified} can be called by any user and {what}: {snippet(call)}",
                        severity,
                        call.end_lineno or call.lineno,
                    )


def _dangers(method: Function) -> Iterator[tuple[ast.Call, Severity, str]]:
    values = handed(method, method.parameters)
    own = frozenset(method.parameters)
    records = elevated(method)
    called_by_name = {id(call.func) for call in method.calls if isinstance(call.func, ast.Call)}
    for call in method.calls:
        if called(call) == "safe_eval" and call.args and mentions(call.args[0], own):
            yield call, Severity.ERROR, "evaluates what it is handed"
        elif called(call) == "getattr" and id(call) in called_by_name and _named_by(call, own):
            yield call, Severity.ERROR, "calls the method whose name it is handed"
        elif not isinstance(call.func, ast.Attribute):
            continue
        elif is_elevated(call.func.value, records):
            yield from _elevated(call, method, own, values)
        elif call.func.attr == "execute" and tail(call.func.value) in _CURSORS and _hands_on(call, own):
            yield call, Severity.WARNING, "asks the database, past all rights, for what it is handed"


def _named_by(call: ast.Call, own: frozenset[str]) -> bool:
    """`getattr(x, name)` with the caller's `name`; with a prefix of the developer's own it is his method."""
    return len(call.args) > 1 and isinstance(call.args[1], ast.Name) and call.args[1].id in own


def _hands_on(call: ast.Call, own: frozenset[str]) -> bool:
    return not _for_oneself(call) and any(mentions(each, own) for each in (*call.args[1:], *call.keywords))


def _elevated(
    call: ast.Call, method: Function, own: frozenset[str], values: frozenset[str]
) -> Iterator[tuple[ast.Call, Severity, str]]:
    name = called(call)
    given = (*call.args, *call.keywords)
    if name in _CHANGES and any(mentions(each, values) for each in given):
        whole = any(isinstance(each, ast.Name) and each.id in own for each in call.args)
        yield call, Severity.ERROR if whole else Severity.WARNING, "writes what it is handed, past all rights"
    elif name in _CHANGES and any(_model_named_by(step, own) for step in chain(call)):
        yield call, Severity.ERROR, "changes records of the model it is told, past all rights"
    elif name in _ON_RECORDS and _is_on_self(call, method):
        yield call, Severity.WARNING, "changes the records it is called on, past all rights"
    elif name in _SELECTS and not _for_oneself(call) and any(mentions(each, own) for each in given):
        yield call, Severity.WARNING, "opens records it is told to, past all rights"


def _is_on_self(call: ast.Call, method: Function) -> bool:
    """`self.sudo().write(...)`, also by way of a variable: the caller chose the records, and nothing was asked."""
    if not isinstance(call.func, ast.Attribute):
        return False
    on = call.func.value
    if isinstance(on, ast.Name):
        return any(_is_self_elevated(source.value) for source in method.variables.get(on.id, ()))
    return _is_self_elevated(on)


def _is_self_elevated(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "sudo":
        return False
    return isinstance(node.func.value, ast.Name) and node.func.value.id == "self"


def _for_oneself(call: ast.Call) -> bool:
    """`[("user_id", "=", self.env.uid)]`: a search that is narrowed to who calls."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in _THE_USERS_OWN and tail(node.value) == "env"
        for node in ast.walk(call)
    )


def _model_named_by(step: ast.Call, own: frozenset[str]) -> bool:
    """`self.env[model].sudo()`"""
    if (
        called(step) != "sudo"
        or not isinstance(step.func, ast.Attribute)
        or (step.args and is_constant(step.args[0], False))
    ):
        return False
    at = step.func.value
    return isinstance(at, ast.Subscript) and tail(at.value) == "env" and mentions(at.slice, own)


RULE = AddonRule(
    name="public-method-privileged",
    severity=Severity.WARNING,
    reason="every method without underscore is an API for every user with a login, the portal's included",
    remedy="begin its name with an underscore (or @api.private), or check rights first: self.check_access('write')",
    examine=_examine,
)
