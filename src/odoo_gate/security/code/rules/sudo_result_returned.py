"""What is read past all rights, by the request's own choice of records or fields, and sent back."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.flow import elevated, is_elevated, mentions
from odoo_gate.security.code.functions import Function
from odoo_gate.security.code.models import model_methods
from odoo_gate.security.code.routes import routes_of
from odoo_gate.security.code.rule import AddonRule, Hit
from odoo_gate.security.code.source import AddonSource, PythonFile
from odoo_gate.security.code.syntax import called, snippet
from odoo_gate.security.code.visibility import is_public_method

_READS = frozenset(
    {"read", "search_read", "read_group", "_read_group", "formatted_read_group", "export_data", "web_read"}
)
_BY_CHOICE = frozenset({"domain", "fields", "field_names", "specification", "groupby", "field_list", "args"})


def _examine(addon: AddonSource) -> Iterator[Hit]:
    for file in addon.python:
        if "sudo" not in file.text:
            continue
        for function, name in _callable(file):
            if "sudo" in function.words:
                yield from _judge(addon.name, file, function, name)


def _callable(file: PythonFile) -> Iterator[tuple[Function, str]]:
    for route in routes_of(file):
        yield route.function, route.name
    for method in model_methods(file):
        if is_public_method(method):
            yield method, method.qualified


def _judge(addon: str, file: PythonFile, function: Function, name: str) -> Iterator[Hit]:
    records = elevated(function)
    chosen = frozenset(function.parameters) & _BY_CHOICE
    if not chosen:
        return
    for call in function.calls:
        if called(call) not in _READS or not isinstance(call.func, ast.Attribute):
            continue
        given = [*call.args, *(each.value for each in call.keywords)]
        if is_elevated(call.func.value, records) and any(mentions(each, chosen) for each in given):
            yield Hit(
                addon,
                file.path,
                call.lineno,
                f"{name} reads past all rights what its caller chooses: {snippet(call)}",
                last_line=call.end_lineno or call.lineno,
            )


RULE = AddonRule(
    name="sudo-result-returned",
    severity=Severity.ERROR,
    reason="with a domain or a list of fields of his own, any user reads wages, bank accounts and other companies",
    remedy="read as the user, or fix domain and fields in the code",
    examine=_examine,
)
