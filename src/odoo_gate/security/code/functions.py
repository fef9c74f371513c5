"""A Python file cut into functions, each with its calls and with where its variables come from."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from odoo_gate.security.code.syntax import tail

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """An expression a variable is given: itself, or (`element`) what comes out of it in a loop or by unpacking."""

    value: ast.expr
    element: bool = False


class Function:
    """A function or method with everything nested in it; `node` is None for what stands outside functions."""

    def __init__(self, node: FunctionNode | None, body: list[ast.AST], owner: ast.ClassDef | None) -> None:
        self.node = node
        self.owner = owner
        self._body = body

    @property
    def name(self) -> str:
        return self.node.name if self.node else "<module>"

    @property
    def qualified(self) -> str:
        return f"{self.owner.name}.{self.name}" if self.owner else self.name

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node inside, in the order written, what is nested included; decorators and defaults are not."""
        found: list[ast.AST] = []
        waiting = self._body[::-1]
        while waiting:
            node = waiting.pop()
            found.append(node)
            waiting += [*ast.iter_child_nodes(node)][::-1]
        return tuple(found)

    @cached_property
    def calls(self) -> tuple[ast.Call, ...]:
        return tuple(node for node in self.nodes if isinstance(node, ast.Call))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names callers fill, without the first of a method."""
        if self.node is None:
            return ()
        arguments = self.node.args
        named = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
        if self.owner is not None and named and "staticmethod" not in self.decorators:
            named = named[1:]
        named += [each.arg for each in arguments.kwonlyargs]
        return tuple(named + [each.arg for each in (arguments.vararg, arguments.kwarg) if each])

    @cached_property
    def decorators(self) -> tuple[str, ...]:
        """The last names of the decorators."""
        written = self.node.decorator_list if self.node else []
        return tuple(tail(each.func if isinstance(each, ast.Call) else each) for each in written)

    @cached_property
    def variables(self) -> Mapping[str, tuple[Source, ...]]:
        """What each local variable is given, anywhere in the function."""
        found: dict[str, list[Source]] = {}
        for node in self.nodes:
            for name, source in _bindings(node):
                found.setdefault(name, []).append(source)
        return {name: tuple(sources) for name, sources in found.items()}

    @cached_property
    def one_of_fixed(self) -> frozenset[str]:
        """The variables it compares with a fixed list: `if order in ("name", "date")`."""
        return frozenset(
            node.left.id
            for node in self.nodes
            if isinstance(node, ast.Compare)
            and isinstance(node.left, ast.Name)
            and isinstance(node.ops[0], ast.In | ast.NotIn)
            and isinstance(node.comparators[0], ast.Tuple | ast.List | ast.Set | ast.Dict)
        )

    @cached_property
    def words(self) -> frozenset[str]:
        """Every name, attribute and keyword in it, and every short string: what it speaks of."""
        found: set[str] = set()
        for node in self.nodes:
            match node:
                case ast.Name(id=word) | ast.Attribute(attr=word) | ast.keyword(arg=str(word)):
                    found.add(word)
                case ast.Constant(value=str(word)) if len(word) < 64:
                    found.add(word)
        return frozenset(found)


def functions_of(tree: ast.Module) -> Iterator[Function]:
    """The functions at the top and in classes, and last what stands outside them."""
    loose: list[ast.AST] = []
    waiting: list[tuple[ast.stmt, ast.ClassDef | None]] = [(node, None) for node in tree.body]
    for node, owner in waiting:  # grows while it is read
        if isinstance(node, FunctionNode):
            yield Function(node, list(node.body), owner)
        elif isinstance(node, ast.ClassDef):
            waiting += [(each, node) for each in node.body]
        else:
            loose.append(node)
    yield Function(None, loose, None)


def _bindings(node: ast.AST) -> Iterator[tuple[str, Source]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _targets(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield from _targets(target, value)
        case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
            joined = ast.BinOp(left=ast.Constant(value=" "), op=op, right=value)
            yield name, Source(ast.copy_location(joined, node))
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            yield from _targets(target, value, element=True)
        case ast.comprehension(target=target, iter=value):
            yield from _targets(target, value, element=True)
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield from _targets(target, value)


def _targets(target: ast.expr, value: ast.expr, element: bool = False) -> Iterator[tuple[str, Source]]:
    """Unpacking pairs what can be paired; of the rest it is only known where it came from."""
    if isinstance(target, ast.Name):
        yield target.id, Source(value, element)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, value, element=True)
    elif isinstance(target, ast.Tuple | ast.List):
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) and not element else []
        paired = len(parts) == len(target.elts)
        for index, each in enumerate(target.elts):
            yield from _targets(each, parts[index] if paired else value, element=not paired)
