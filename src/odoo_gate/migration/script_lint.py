"""What the code of a migration script does that it should not, read from its syntax tree."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from odoo_gate.migration.script_files import Script
from odoo_gate.model import Finding, Place, Severity

_CURSORS = frozenset({"cr", "_cr"})
_WRITES = frozenset({"write", "create", "unlink", "copy"})
_SIGNATURE = "migrate(cr, version)"
_DDL = re.compile(r"^\s*(ALTER|CREATE|DROP|TRUNCATE|REINDEX|VACUUM|CLUSTER)\b", re.IGNORECASE)
_DESTRUCTIVE = re.compile(r"\b(DROP\s+(TABLE|COLUMN|CONSTRAINT|INDEX)|ALTER\s+TABLE|TRUNCATE)\b", re.IGNORECASE)
_TOOLS = "odoo.tools.sql has a function for it (rename_column, create_column, drop_constraint, ...) that looks first"


@dataclass(frozen=True, slots=True)
class Statement:
    """A string of SQL in a script, and the line it begins on."""

    sql: str
    line: int


@dataclass(frozen=True, slots=True)
class Linted:
    findings: tuple[Finding, ...]
    statements: tuple[Statement, ...]


def lint(script: Script, text: str, big_models: Collection[str] = ()) -> Linted:
    """The findings about one script and the schema statements in it.

    `big_models` are those whose tables are large in production: writing them record by record is an error there.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        message = f"{script.path.name} is not valid Python: {error}"
        return Linted((Finding("syntax-error", message, place=Place(script.place.path, line), remedy="mend it"),), ())
    visitor = _Visitor(script, big_models)
    visitor.visit(tree)
    return Linted((*_signature(script, tree), *visitor.findings), tuple(visitor.statements))


def _signature(script: Script, tree: ast.Module) -> Iterator[Finding]:
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "migrate"]
    imported = any(
        (alias.asname or alias.name) == "migrate"
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ) or any(
        isinstance(target, ast.Name) and target.id == "migrate"
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
    )
    if not functions and not imported:
        message = f"{script.path.name} has no function {_SIGNATURE}"
        yield Finding("migrate-signature", message, place=script.place, remedy=f"define def {_SIGNATURE}:")
    for function in functions:
        names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        right = len(names) == 2 and names[0] in _CURSORS and names[1] in ("version", "_version")
        decorated = any("migrate" in ast.unparse(each) for each in function.decorator_list)  # openupgrade.migrate
        if (not right or function.args.vararg or function.args.kwonlyargs) and not decorated:
            yield Finding(
                "migrate-signature",
                f"Odoo calls {_SIGNATURE}; this is migrate({ast.unparse(function.args)})",
                place=Place(script.place.path, function.lineno),
                remedy=f"write def {_SIGNATURE}:",
            )


class _Visitor(ast.NodeVisitor):
    """Walks a script and remembers how deep in loops it is."""

    def __init__(self, script: Script, big_models: Collection[str]) -> None:
        self._script = script
        self._big = frozenset(big_models)
        self._loops: list[ast.For | ast.While] = []
        self._models: set[str] = set()
        self.findings: list[Finding] = []
        self.statements: list[Statement] = []

    def visit_For(self, node: ast.For) -> None:
        self._loop(node)

    def visit_While(self, node: ast.While) -> None:
        self._loop(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """`env["model"]`: what the script works on."""
        if (
            isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
            and "env" in ast.unparse(node.value)
        ):
            self._models.add(node.slice.value)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            if self._loops and isinstance(target, ast.Attribute) and self._is_loop_variable(target.value):
                self._slow(node, f"sets {ast.unparse(target)} record by record")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute):
            self._method(node, node.func)
        elif isinstance(node.func, ast.Name) and node.func.id == "SQL":
            self._statement(node)
        self.generic_visit(node)

    def _loop(self, node: ast.For | ast.While) -> None:
        self._loops.append(node)
        self.generic_visit(node)
        self._loops.pop()

    def _method(self, node: ast.Call, function: ast.Attribute) -> None:
        on_cursor = ast.unparse(function.value).rpartition(".")[2] in _CURSORS
        if on_cursor and function.attr in ("commit", "rollback"):
            self._say(
                node,
                "script-commits",
                f"cr.{function.attr}() in a script: what fails later leaves half an upgrade behind",
                "leave the transaction to Odoo, which commits module by module",
            )
        elif on_cursor and function.attr == "execute":
            self._statement(node)
        elif function.attr in _WRITES and self._loops and self._is_loop_variable(function.value):
            self._slow(node, f"{function.attr}() record by record")
        elif function.attr == "write" and _searches_all(function.value):
            self._slow(node, "write() on every record there is")

    def _statement(self, node: ast.Call) -> None:
        text = _string(node.args[0]) if node.args else None
        if text is None or not _DDL.match(text):
            return
        self.statements.append(Statement(inspect.cleandoc(text), node.args[0].lineno))
        if _DESTRUCTIVE.search(text):
            what = " ".join(text.split())[:100]
            self._say(node, "raw-ddl", f"changes the schema by hand: {what}", _TOOLS, Severity.WARNING)

    def _slow(self, node: ast.AST, what: str) -> None:
        big = sorted(self._models & self._big)
        where = f" (of {', '.join(big)}, large in production)" if big else ""
        self._say(
            node,
            "mass-orm-write",
            f"{what}{where}: each record costs a round trip, recomputations and tracking",
            "one UPDATE in SQL, or write() on the whole recordset in batches",
            Severity.ERROR if big else Severity.WARNING,
        )

    def _is_loop_variable(self, node: ast.expr) -> bool:
        names = {
            name.id
            for loop in self._loops
            if isinstance(loop, ast.For)
            for name in ast.walk(loop.target)
            if isinstance(name, ast.Name)
        }
        return isinstance(node, ast.Name) and node.id in names

    def _say(self, node: ast.AST, rule: str, message: str, remedy: str, severity: Severity = Severity.ERROR) -> None:
        place = Place(self._script.place.path, getattr(node, "lineno", None))
        self.findings.append(Finding(rule, message, severity, place=place, remedy=remedy))


def _searches_all(node: ast.expr) -> bool:
    """`env["model"].search([])`"""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "search"
        and bool(node.args)
        and isinstance(node.args[0], ast.List)
        and not node.args[0].elts
    )


def _string(node: ast.expr) -> str | None:
    """The text of a literal, also one made with an f-string or `%`: what is filled in becomes `%s`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "%s" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _string(node.left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "SQL" and node.args:
        return _string(node.args[0])
    return None
