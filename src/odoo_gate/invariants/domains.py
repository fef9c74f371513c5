"""Whether one domain of a record rule allows more than another, where that can be decided from their text alone.

A domain is read as a formula of its leaves. What a leaf means is not known, so each is an atom that is true or false as
it likes, and a negated leaf one of its own (Odoo gives `!` other meanings than logic does where values are missing or
many). What holds of the formulas whatever their atoms are, holds of the records.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

_MOST_ATOMS = 12
"""More atoms than that would take longer to try than anybody waits."""

_CONSTANTS = {
    "(1, '=', 1)": True,
    "(True, '=', True)": True,
    "(0, '=', 1)": False,
    "(0, '=', 0)": True,
    "(1, '=', 0)": False,
}
Formula = Callable[[Mapping[str, bool]], bool]


class Scope(StrEnum):
    """What the second of two domains allows, beside the first."""

    SAME = "the same"
    LESS = "less"
    MORE = "more"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Leaf:
    """`values`: what `=` or `in` asks for, each as its text, `*name` for all of a list; None for other operators."""

    text: str
    field: str
    operator: str
    values: frozenset[str] | None

    def implies(self, other: _Leaf) -> bool:
        """Whether a record that this leaf allows is allowed by `other`, by their lists of values."""
        if self.values is None or other.values is None or self.field != other.field or self.operator != other.operator:
            return False
        return self.values <= other.values if self.operator == "in" else self.values >= other.values


class _Undecidable(Exception):
    """The text is no plain list of leaves and operators."""


def compared(before: str, after: str) -> Scope:
    """What the domain `after` allows beside `before`; both as `ir.rule.domain_force` has them."""
    try:
        leaves: dict[str, _Leaf] = {}
        old, new = _read(before, leaves), _read(after, leaves)
    except (_Undecidable, SyntaxError, ValueError, RecursionError):
        return Scope.UNKNOWN
    if len(leaves) > _MOST_ATOMS:
        return Scope.UNKNOWN
    less = more = True
    for world in _worlds(leaves):
        was, is_now = old(world), new(world)
        less, more = less and (was or not is_now), more and (is_now or not was)
    if less:
        return Scope.SAME if more else Scope.LESS
    return Scope.MORE if more else Scope.UNKNOWN


def _worlds(leaves: Mapping[str, _Leaf]) -> Iterator[Mapping[str, bool]]:
    """Every way the leaves can be true or false together."""
    bound = [(one, two) for one, two in itertools.permutations(leaves, 2) if leaves[one].implies(leaves[two])]
    for values in itertools.product((False, True), repeat=len(leaves)):
        world = dict(zip(leaves, values, strict=True))
        if all(world[two] or not world[one] for one, two in bound):
            yield world


def _read(text: str, leaves: dict[str, _Leaf]) -> Formula:
    """The domain as a formula; its leaves are added to `leaves`."""
    tree = ast.parse(text.strip() or "[]", mode="eval").body
    if not isinstance(tree, ast.List):
        raise _Undecidable
    terms = list(tree.elts)
    found: list[Formula] = []
    while terms:
        found.append(_term(terms, leaves, negated=False))
    return lambda world: all(each(world) for each in found)


def _term(terms: list[ast.expr], leaves: dict[str, _Leaf], *, negated: bool) -> Formula:
    """The next term in Polish notation, `!` pushed down to its leaves."""
    if not terms:
        raise _Undecidable
    term = terms.pop(0)
    if isinstance(term, ast.Constant) and term.value == "!":
        return _term(terms, leaves, negated=not negated)
    if isinstance(term, ast.Constant) and term.value in ("&", "|"):
        one, two = (_term(terms, leaves, negated=negated) for _ in range(2))
        if (term.value == "&") is not negated:
            return lambda world: one(world) and two(world)
        return lambda world: one(world) or two(world)
    if isinstance(term, ast.Tuple | ast.List) and len(term.elts) == 3:
        return _atom(term, leaves, negated=negated)
    raise _Undecidable


def _atom(term: ast.Tuple | ast.List, leaves: dict[str, _Leaf], *, negated: bool) -> Formula:
    text = f"({', '.join(ast.unparse(each) for each in term.elts)})"
    if text in _CONSTANTS:
        truth = _CONSTANTS[text] is not negated
        return lambda _: truth
    leaf = _leaf(text, *term.elts)
    name = f"not {leaf.text}" if negated else leaf.text
    leaves[name] = _Leaf(name, leaf.field, leaf.operator, None) if negated else leaf
    return lambda world: world[name]


def _leaf(text: str, field: ast.expr, operator: ast.expr, value: ast.expr) -> _Leaf:
    if not isinstance(field, ast.Constant) or not isinstance(operator, ast.Constant):
        raise _Undecidable
    name, sign = str(field.value), str(operator.value)
    values: frozenset[str] | None
    if sign in ("in", "not in"):
        values = _values(value)
    else:
        plain = sign == "=" and not (isinstance(value, ast.Constant) and not value.value)
        values = frozenset({ast.unparse(value)}) if plain and not isinstance(value, ast.List | ast.Tuple) else None
        sign = "in" if plain else sign
    if values is None:
        return _Leaf(text, name, sign, None)
    return _Leaf(f"({name!r}, {sign!r}, {sorted(values)})", name, sign, values)


def _values(node: ast.expr) -> frozenset[str]:
    """The members of a list: of one that is written out, of a name, of several added together."""
    if isinstance(node, ast.List | ast.Tuple):
        return frozenset(ast.unparse(each) for each in node.elts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _values(node.left) | _values(node.right)
    return frozenset({f"*{ast.unparse(node)}"})
