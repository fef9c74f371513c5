"""Questions about Python's syntax tree that many rules ask."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_SNIPPET = 90


def tail(node: ast.expr) -> str:
    """The last name of a dotted expression (`self.env.cr` → `cr`), empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def called(node: ast.expr) -> str:
    """The last name of what a call calls, empty when it is no call."""
    return tail(node.func) if isinstance(node, ast.Call) else ""


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def is_constant(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def text_of(node: ast.expr | None) -> str:
    """The text of a string literal, empty for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def strings_in(node: ast.expr | None) -> tuple[str, ...]:
    """The text of a literal, or of the literals in a list."""
    if isinstance(node, ast.List | ast.Tuple):
        return tuple(text for each in node.elts if (text := text_of(each)))
    return (text,) if (text := text_of(node)) else ()


def names_in(node: ast.AST) -> Iterator[str]:
    return (each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def snippet(node: ast.AST) -> str:
    """The code on one line, shortened: what a message shows, the same wherever it stands."""
    try:
        text = " ".join(ast.unparse(node).split())
    except RecursionError:  # thousands of strings added up, as generated code does
        return f"a {type(node).__name__} too deep to show"
    return text if len(text) <= _SNIPPET else text[: _SNIPPET - 1] + "…"
