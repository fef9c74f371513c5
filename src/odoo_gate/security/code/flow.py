"""What reaches what inside one function: values of callers, and records that were given all rights."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from odoo_gate.security.code.functions import Function
from odoo_gate.security.code.syntax import called, is_constant, keyword, names_in, tail

_RESET = frozenset({"with_user", "with_env"})
_SUPERUSER = "SUPERUSER_ID"
_HANDING = frozenset(
    {
        *("int", "str", "float", "dict", "list", "tuple", "set", "sorted", "zip", "enumerate", "loads", "unslug"),
        *("get", "pop", "split", "strip", "lower", "upper", "replace", "items", "values", "copy", "getlist"),
        *("Domain", "AND", "OR", "literal_eval", "_unslug", "format", "join", "get_json_data", "get_http_params"),
    }
)
"""Calls that give back what they are given."""

_QUIET = frozenset({"len", "bool", "isinstance", "hasattr", "type"})
"""Calls whose result says next to nothing of what goes in."""


def reached(function: Function, seeds: Iterable[str]) -> frozenset[str]:
    """The names that hold, or were made from, one of `seeds`."""
    return _reached(function, seeds, _flowing)


def _reached(function: Function, seeds: Iterable[str], flowing: Callable[[ast.AST], Iterator[str]]) -> frozenset[str]:
    found = set(seeds)
    users: dict[str, set[str]] = {}
    for name, sources in function.variables.items():
        for source in sources:
            for used in flowing(source.value):
                users.setdefault(used, set()).add(name)
    waiting = list(found)
    while waiting:
        for name in users.get(waiting.pop(), set()) - found:
            found.add(name)
            waiting.append(name)
    return frozenset(found)


def handed(function: Function, seeds: Iterable[str]) -> frozenset[str]:
    """`reached`, but only while it is the value itself: not what a search with it found, or a method made of it."""
    return _reached(function, seeds, _handing)


def mentions(node: ast.AST, names: frozenset[str]) -> bool:
    return any(name in names for name in names_in(node))


def elevated(function: Function) -> frozenset[str]:
    """The variables that hold records with all rights (`records = self.sudo()`)."""
    found: set[str] = set()
    while True:
        known = frozenset(found)
        for name, sources in function.variables.items():
            if any(is_elevated(source.value, known) for source in sources):
                found.add(name)
        if found == known:
            return known


def is_elevated(node: ast.expr, variables: frozenset[str]) -> bool:
    """Whether an expression's records, or what is read from them, come from `sudo()` or the superuser."""
    at: ast.expr = node
    while True:
        match at:
            case ast.Call(func=ast.Attribute(attr="sudo")):
                return not (at.args and is_constant(at.args[0], False))
            case ast.Call() if called(at) in _RESET:
                return any(tail(each) == _SUPERUSER for each in at.args)
            case ast.Call(func=ast.Name(id=name)) if name not in ("next", "iter"):
                return False
            case ast.Call() if called(at) == "env" and _is_superuser(at):
                return True
            case ast.Call(func=function):
                at = function
            case ast.Attribute(value=value) | ast.Subscript(value=value):
                at = value
            case ast.Name(id=name):
                return name in variables
            case ast.BinOp(left=left, op=ast.BitOr() | ast.Add(), right=right):
                return is_elevated(left, variables) or is_elevated(right, variables)
            case ast.IfExp(body=body, orelse=other):
                return is_elevated(body, variables) or is_elevated(other, variables)
            case ast.BoolOp(values=values):
                return any(is_elevated(each, variables) for each in values)
            case _:
                return False


def chain(node: ast.expr) -> Iterator[ast.Call]:
    """The calls of a chain, last first: `a.sudo().browse(x).write(y)` gives write, browse, sudo."""
    at: ast.expr = node
    while isinstance(at, ast.Call | ast.Attribute | ast.Subscript):
        if isinstance(at, ast.Call):
            yield at
            at = at.func
        else:
            at = at.value


def _is_superuser(call: ast.Call) -> bool:
    user = keyword(call, "user")
    return is_constant(keyword(call, "su"), True) or (user is not None and tail(user) == _SUPERUSER)


def _flowing(node: ast.AST) -> Iterator[str]:
    waiting = [node]
    while waiting:
        at = waiting.pop()
        if isinstance(at, ast.Call) and isinstance(at.func, ast.Name) and at.func.id in _QUIET:
            continue
        if isinstance(at, ast.Name):
            yield at.id
        waiting.extend(ast.iter_child_nodes(at))


def _handing(node: ast.AST) -> Iterator[str]:
    waiting = [node]
    while waiting:
        at = waiting.pop()
        if isinstance(at, ast.Call) and called(at) not in _HANDING:
            continue
        if isinstance(at, ast.Name):
            yield at.id
        waiting.extend(ast.iter_child_nodes(at))
