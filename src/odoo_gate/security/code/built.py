"""Strings put together by program: their text, and what each part filled in is and where it comes from."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from odoo_gate.security.code.functions import Function
from odoo_gate.security.code.source import PythonFile
from odoo_gate.security.code.syntax import called, tail

_DEPTH = 8
_NUMBERS = frozenset({"int", "float", "len", "round", "sum", "abs", "id"})
_NUMERIC_ATTRIBUTES = frozenset({"id", "ids", "_ids", "uid"})
_IDENTIFIERS = frozenset({"_table", "_name", "_rec_name", "_table_query", "_order", "_parent_name"})
_PRINTF = re.compile(r"%(?:\((?P<key>\w+)\))?[#0\- +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?P<type>[a-zA-Z%])")


class Kind(Enum):
    FIXED = "fixed"
    """The developer's own: constants, numbers, names of tables."""

    CALLER = "caller"
    """What a caller of the function hands over."""

    OTHER = "other"
    """Anything else: what a call returns, an attribute, a value from the database."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is filled in, and the fixed text before and after it."""

    value: ast.expr
    kind: Kind
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """A string's parts that are not text; `joined` says that something was put together at all."""

    parts: tuple[Part, ...]
    joined: bool


class Builder:
    """Reads how strings are made in one function. `safe_calls` are functions whose result may be filled in."""

    def __init__(self, file: PythonFile, function: Function, safe_calls: frozenset[str]) -> None:
        self._constants = file.constants
        self._function = function
        self._safe_calls = safe_calls

    def read(self, node: ast.expr) -> Built:
        """How the string that `node` evaluates to is made. What a variable is given in turn is read one by one."""
        given = self._function.variables.get(node.id, ()) if isinstance(node, ast.Name) else ()
        if not given or (isinstance(node, ast.Name) and node.id in self._function.parameters):
            return self._read(node)
        each = [self._read(source.value) for source in given if not source.element]
        joined = [built for built in each if built.joined]
        return Built(tuple(part for built in joined or each for part in built.parts), bool(joined))

    def _read(self, node: ast.expr) -> Built:
        pieces = list(self._pieces(node, _DEPTH, frozenset()))
        text = ["" if isinstance(piece, Part) else piece for piece in pieces]
        parts = tuple(
            Part(piece.value, piece.kind, "".join(text[:index]), "".join(text[index:]))
            for index, piece in enumerate(pieces)
            if isinstance(piece, Part)
        )
        return Built(parts, bool(parts) and any(piece.strip("?") for piece in text))

    def _pieces(self, node: ast.expr, depth: int, seen: frozenset[str]) -> Iterator[str | Part]:
        """Fixed text, and what is filled in, in order."""
        if depth == 0 and not isinstance(node, ast.Constant):
            yield Part(node, Kind.OTHER)
            return
        deeper = depth - 1
        match node:
            case ast.Constant(value=value):
                yield str(value)
            case ast.JoinedStr(values=values):
                for each in values:
                    inside = each.value if isinstance(each, ast.FormattedValue) else each
                    yield from self._pieces(inside, deeper, seen)
            case ast.BinOp(left=left, op=ast.Mod(), right=right):
                yield from self._filled_by_percent(left, right, deeper, seen)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                yield from self._pieces(left, deeper, seen)
                yield from self._pieces(right, deeper, seen)
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                text = left if isinstance(left, ast.Constant | ast.JoinedStr | ast.List | ast.Tuple) else right
                yield from self._pieces(text, deeper, seen)
            case ast.IfExp(body=body, orelse=other):
                yield from self._pieces(body, deeper, seen)
                yield from self._only_parts([other], deeper, seen)
            case ast.BoolOp(values=values):
                yield from self._only_parts(values, deeper, seen)
            case ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values):
                for each in values:
                    yield from self._pieces(each, deeper, seen)
            case ast.Dict(values=values):
                yield from self._only_parts(values, deeper, seen)
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element) | ast.SetComp(elt=element):
                yield from self._pieces(element, deeper, seen)
            case ast.Starred(value=value) | ast.Await(value=value) | ast.NamedExpr(value=value):
                yield from self._pieces(value, deeper, seen)
            case ast.Call():
                yield from self._call(node, deeper, seen)
            case ast.Name(id=name):
                yield from self._variable(node, name, deeper, seen)
            case ast.Attribute(attr=name, value=value) if _is_own_name(name, value):
                yield "?"
            case ast.Subscript(value=value):
                yield from self._only_parts([value], deeper, seen, otherwise=node)
            case ast.Compare() | ast.UnaryOp():
                yield "?"
            case _:
                yield Part(node, Kind.OTHER)

    def _only_parts(
        self, nodes: Iterable[ast.expr], depth: int, seen: frozenset[str], otherwise: ast.expr | None = None
    ) -> Iterator[str | Part]:
        """What is filled in by alternatives: their text does not stand beside the rest's, one `?` stands for it."""
        found = [piece for each in nodes for piece in self._pieces(each, depth, seen)]
        parts = [piece for piece in found if isinstance(piece, Part)]
        if not parts:
            yield "?"
        elif otherwise is not None:
            yield Part(otherwise, parts[0].kind)
        else:
            yield from parts

    def _variable(self, node: ast.Name, name: str, depth: int, seen: frozenset[str]) -> Iterator[str | Part]:
        sources = self._function.variables.get(name, ())
        if name in seen:
            yield "?"  # query = query + ...: what it was before is read where it was given first
            return
        if name in self._function.parameters:
            yield "?" if name in self._function.one_of_fixed else Part(node, Kind.CALLER)
        elif not sources and name in self._constants:
            yield from self._pieces(self._constants[name], depth, seen | {name})
        elif not sources and name.isupper():
            yield "?"
        elif not sources:
            yield Part(node, Kind.OTHER)
        else:
            for source in sources:
                yield from self._given(node, source.value, source.element, depth, seen | {name})

    def _given(
        self, node: ast.expr, value: ast.expr, element: bool, depth: int, seen: frozenset[str]
    ) -> Iterator[str | Part]:
        pieces = list(self._pieces(value, depth, seen))
        if not element:
            yield from pieces
            return
        parts = [piece for piece in pieces if isinstance(piece, Part)]
        yield Part(node, parts[0].kind) if parts else "?"

    def _call(self, node: ast.Call, depth: int, seen: frozenset[str]) -> Iterator[str | Part]:
        name = called(node)
        if name in self._safe_calls or name in _NUMBERS or self._is_own_text(node):
            yield "?"
        elif name == "format" and isinstance(node.func, ast.Attribute):
            yield from self._filled_by_format(node, node.func.value, depth, seen)
        elif name == "join" and isinstance(node.func, ast.Attribute) and node.args:
            yield from self._pieces(node.func.value, depth, seen)
            yield from self._pieces(node.args[0], depth, seen)
        elif name == "map" and len(node.args) > 1 and tail(node.args[0]) in (_NUMBERS | self._safe_calls):
            yield "?"
        elif name in ("str", "tuple", "list", "set", "sorted", "map", "repr", "dedent", "reversed", "enumerate"):
            yield from self._pieces(node.args[-1], depth, seen) if node.args else ["?"]
        elif name in ("replace", "strip", "lower", "upper", "encode", "decode") and isinstance(
            node.func, ast.Attribute
        ):
            yield from self._pieces(node.func.value, depth, seen)
        else:
            yield Part(node, Kind.OTHER)

    def _is_own_text(self, node: ast.Call) -> bool:
        """`self._select()`: a private method that is handed nothing of the caller's returns the developer's text."""
        if not isinstance(node.func, ast.Attribute):
            return False
        if node.func.attr in ("values", "items", "keys") and isinstance(node.func.value, ast.Call):
            return self._is_own_text(node.func.value)
        if not node.func.attr.startswith("_"):
            return False
        given = (*node.args, *(each.value for each in node.keywords))
        return tail(node.func.value) in ("self", "cls") and all(isinstance(each, ast.Constant) for each in given)

    def _filled_by_percent(
        self, left: ast.expr, right: ast.expr, depth: int, seen: frozenset[str]
    ) -> Iterator[str | Part]:
        template = "".join("?" if isinstance(each, Part) else each for each in self._pieces(left, depth, seen))
        yield from (each for each in self._pieces(left, depth, seen) if isinstance(each, Part))
        keyed = _keyed(right)
        given = iter(right.elts if isinstance(right, ast.Tuple) else [right])
        at = 0
        for found in _PRINTF.finditer(template):
            yield template[at : found.start()]
            at = found.end()
            if found["type"] == "%":
                yield "%"
                continue
            value = keyed.get(found["key"], right) if found["key"] else next(given, right)
            yield from ["?"] if found["type"] in "dfioxXeg" else self._pieces(value, depth, seen)
        yield template[at:]

    def _filled_by_format(
        self, node: ast.Call, text: ast.expr, depth: int, seen: frozenset[str]
    ) -> Iterator[str | Part]:
        template = "".join("?" if isinstance(each, Part) else each for each in self._pieces(text, depth, seen))
        yield from (each for each in self._pieces(text, depth, seen) if isinstance(each, Part))
        named = {each.arg: each.value for each in node.keywords if each.arg}
        position = 0
        for before, field, _, _ in _formatted(template):
            yield before
            if field is None:
                continue
            key = re.split(r"[.\[]", field)[0]
            if not key:
                key, position = str(position), position + 1
            numbered = node.args[int(key)] if key.isdigit() and int(key) < len(node.args) else None
            value = named.get(key, numbered)
            yield from self._pieces(value, depth, seen) if value is not None else [Part(node, Kind.OTHER)]


def _is_own_name(name: str, owner: ast.expr) -> bool:
    """A number, a name Odoo gives, a constant, or a private attribute of the model's class."""
    if name in _NUMERIC_ATTRIBUTES or name in _IDENTIFIERS or name.isupper():
        return True
    return name.startswith("_") and tail(owner) in ("self", "cls")


def _keyed(node: ast.expr) -> dict[str, ast.expr]:
    if isinstance(node, ast.Dict):
        return {
            str(key.value): value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant)
        }
    if isinstance(node, ast.Call) and called(node) == "dict":
        return {each.arg: each.value for each in node.keywords if each.arg}
    return {}


def _formatted(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    """The template cut at its fields; one that `format` itself would refuse has none that can be told."""
    try:
        return list(string.Formatter().parse(template))
    except ValueError:
        return [(template, None, None, None)]
