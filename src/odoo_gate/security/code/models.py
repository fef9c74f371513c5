"""Models and their fields, read from the classes of an addon."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from odoo_gate.security.code.facts import Computed, Field, Kind, ModelClass
from odoo_gate.security.code.functions import Function
from odoo_gate.security.code.source import AddonSource, PythonFile
from odoo_gate.security.code.syntax import called, strings_in, tail, text_of

_KINDS: Mapping[str, Kind] = {"Model": "model", "TransientModel": "transient", "AbstractModel": "abstract"}
_FIELD_TYPES = frozenset(
    {
        *("Binary", "Boolean", "Char", "Date", "Datetime", "Float", "Html", "Image", "Integer", "Json"),
        *("Many2many", "Many2one", "Many2oneReference", "Monetary", "One2many", "Properties", "Reference"),
        *("Selection", "Serialized", "Text"),
    }
)
_ACCESS = frozenset({"_check_access", "check_access_rule", "_search", "_compute_domain"})
_RELATIONAL = frozenset({"Many2one", "Many2many", "One2many"})


def kind_of(node: ast.ClassDef) -> Kind | None:
    """Whether a class is a model, by its base class; None for any other class."""
    return next((_KINDS[name] for base in node.bases if (name := tail(base)) in _KINDS), None)


def model_methods(file: PythonFile) -> Iterator[Function]:
    """The methods of the models in a file."""
    for function in file.functions:
        if function.owner is not None and kind_of(function.owner) is not None:
            yield function


def model_classes(addon: AddonSource) -> Iterator[ModelClass]:
    """The models an addon makes and extends. A class whose model is named by program is left out."""
    for file in addon.python:
        for node in _classes(file.tree):
            if (kind := kind_of(node)) is not None:
                found = _model(addon.name, file, node, kind)
                if found is not None:
                    yield found


def _classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    """The classes of a file, also those inside a class or a condition; functions are not looked into."""
    waiting: list[ast.AST] = [*tree.body]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.ClassDef):
            yield node
            waiting += node.body
        elif isinstance(node, ast.If | ast.Try | ast.With):
            waiting += [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)]


def _model(addon: str, file: PythonFile, node: ast.ClassDef, kind: Kind) -> ModelClass | None:
    said = _class_attributes(node)
    inherits = strings_in(_resolved(said.get("_inherit"), file))
    name = text_of(_resolved(said.get("_name"), file)) or ("" if "_name" in said else next(iter(inherits), ""))
    if not name:
        return None
    auto = said.get("_check_company_auto")
    table = said.get("_auto")
    return ModelClass(
        addon=addon,
        path=file.path,
        line=node.lineno,
        name=name,
        kind=kind,
        extends=name in inherits,
        inherits=tuple(each for each in inherits if each != name),
        checks_company=(isinstance(auto, ast.Constant) and auto.value is True) or _calls_check(file, node),
        abstract_table=isinstance(table, ast.Constant) and table.value is False,
        decides_access=any(isinstance(each, ast.FunctionDef) and each.name in _ACCESS for each in node.body),
        constrained=frozenset(_constrained(node)),
        fields={field.name: field for field in _fields(node)},
    )


def _calls_check(file: PythonFile, node: ast.ClassDef) -> bool:
    """Some models call `_check_company` themselves, where it counts."""
    if "_check_company(" not in file.text:
        return False
    return any(isinstance(each, ast.Attribute) and each.attr == "_check_company" for each in ast.walk(node))


def _constrained(node: ast.ClassDef) -> Iterator[str]:
    for method in node.body:
        if not isinstance(method, ast.FunctionDef):
            continue
        decorators = [each for each in method.decorator_list if called(each) == "constrains"]
        if decorators:
            yield from (text for each in decorators for text in map(text_of, _arguments(each)) if text)
            yield from (each.attr for each in ast.walk(method) if isinstance(each, ast.Attribute))


def _arguments(call: ast.expr) -> list[ast.expr]:
    return call.args if isinstance(call, ast.Call) else []


def _class_attributes(node: ast.ClassDef) -> dict[str, ast.expr]:
    return {
        target.id: statement.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def _resolved(node: ast.expr | None, file: PythonFile) -> ast.expr | None:
    return file.constants.get(node.id) if isinstance(node, ast.Name) else node


def _fields(node: ast.ClassDef) -> Iterator[Field]:
    for statement in node.body:
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or not isinstance(statement.value, ast.Call):
            continue
        call = statement.value
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        if isinstance(target, ast.Name) and tail(call.func) in _FIELD_TYPES and isinstance(call.func, ast.Attribute):
            kind = tail(call.func)
            options = {each.arg: _value(each.value) for each in call.keywords if each.arg}
            comodel = options.get("comodel_name") or (text_of(call.args[0]) if call.args else "")
            yield Field(
                name=target.id,
                type=kind,
                comodel=str(comodel) if kind in _RELATIONAL else "",
                line=statement.lineno,
                last_line=statement.end_lineno or statement.lineno,
                options=options,
            )


def _value(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else Computed()
