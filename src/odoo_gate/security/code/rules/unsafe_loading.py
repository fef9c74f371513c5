"""Formats that run code when they are read."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.rule import AddonRule, Hit
from odoo_gate.security.code.source import AddonSource
from odoo_gate.security.code.syntax import called, keyword, snippet, tail

_LOADERS = frozenset({"load", "loads", "Unpickler", "open"})
_PICKLES = frozenset({"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "marshal", "shelve", "jsonpickle"})
_SAFE_YAML = frozenset({"SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader"})
_YAML = frozenset({"load", "load_all", "unsafe_load", "unsafe_load_all", "full_load", "full_load_all"})


def _examine(addon: AddonSource) -> Iterator[Hit]:
    for file in addon.python:
        if not any(word in file.text for word in ("pickle", "yaml", "marshal", "shelve", "dill")):
            continue
        for function in file.functions:
            for call in function.calls:
                if _is_unsafe(call):
                    message = f"{function.qualified} reads a format that can run code: {snippet(call)}"
                    yield Hit(addon.name, file.path, call.lineno, message, last_line=call.end_lineno or call.lineno)


def _is_unsafe(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    module, name = tail(call.func.value), called(call)
    if module in _PICKLES:
        return name in _LOADERS and (name != "open" or module == "shelve")
    if module != "yaml" or name not in _YAML:
        return False
    loader = keyword(call, "Loader") or (call.args[1] if len(call.args) > 1 else None)
    return name not in ("load", "load_all") or loader is None or tail(loader) not in _SAFE_YAML


RULE = AddonRule(
    name="unsafe-loading",
    severity=Severity.ERROR,
    reason="a prepared file or cache entry runs programs on the server as soon as it is read",
    remedy="use json, or yaml.safe_load",
    examine=_examine,
)
