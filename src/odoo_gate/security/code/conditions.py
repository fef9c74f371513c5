"""Whether a function looks at whose a record is before it uses it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from odoo_gate.security.code.flow import chain
from odoo_gate.security.code.functions import Function
from odoo_gate.security.code.syntax import called, names_in, tail

_WHOSE = re.compile(
    r"partner|user|public|owner|author|guest|member|available|publish|compan|website|customer|commercial|allowed|access|_can_|^can_"
)
_SAYS_NOTHING = frozenset({"exists", "len", "bool", "int", "str", "isinstance", "hasattr", "getattr"})


def asks_whose(call: ast.Call, function: Function) -> bool:
    """Whether a condition looks at the owner of what `call` opened, or looks for it, or its id, in a list."""
    opened = opened_by(call, function)
    ids = frozenset(name for each in call.args for name in names_in(each) if name in function.variables)
    return any(_looks_at(test, opened, ids) for test in _conditions(function))


def opened_by(call: ast.Call, function: Function) -> frozenset[str]:
    """The variables that hold what `call` returns, or what a chain of calls made of it."""
    return frozenset(
        name
        for name, sources in function.variables.items()
        if any(step is call for source in sources for step in chain(source.value))
    )


def _conditions(function: Function) -> Iterator[ast.expr]:
    for node in function.nodes:
        if isinstance(node, ast.If | ast.IfExp | ast.Assert):
            yield node.test
        elif isinstance(node, ast.comprehension):
            yield from node.ifs


def _looks_at(test: ast.expr, opened: frozenset[str], ids: frozenset[str]) -> bool:
    for node in ast.walk(test):
        if isinstance(node, ast.Compare) and any(_is(side, opened | ids) for side in (node.left, *node.comparators)):
            return True
        given = node.args if isinstance(node, ast.Call) and called(node) not in _SAYS_NOTHING else []
        if any(name in opened for each in given for name in names_in(each)):
            return True
    words = {node.attr for node in ast.walk(test) if isinstance(node, ast.Attribute)}
    return any(name in opened for name in names_in(test)) and any(map(_WHOSE.search, words))


def _is(side: ast.expr, names: frozenset[str]) -> bool:
    """The record or the id itself, not something read from it, and not its being there at all."""
    return isinstance(side, ast.Name) and tail(side) in names
