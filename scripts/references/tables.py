"""The tables of gate.toml and of the policy as Markdown: what the models say of themselves."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from odoo_gate.policy.document import EnvironmentRules, Policy
from odoo_gate.settings import Settings
from references.types import in_words, models_in

NAMELESS = "the name of your choice"


def gate_toml() -> str:
    """Every section of gate.toml, in the order of `Settings`, each with the tables below it."""
    sections = {name: model for name in Settings.model_fields for model in models_in(_hints(Settings)[name])}
    return "\n\n".join(_section(f"[{name}]", name, model, "##") for name, model in sections.items())


def policy() -> str:
    """The policy file: its top, then the rules of an environment and the tables below both."""
    return "\n\n".join(
        [
            _section("The file", "", Policy, "##"),
            _section("[environments.NAME]", "environments.NAME", EnvironmentRules, "##"),
        ]
    )


def _section(title: str, path: str, model: type[BaseModel], level: str) -> str:
    hints = _hints(model)
    rows = [
        f"| `{field.alias or name}` | {_cell(in_words(hints[name]))} | {_cell(_default(field))} |"
        for name, field in model.model_fields.items()
    ]
    if model.model_config.get("extra") == "allow":
        rows.append(f"| {NAMELESS} | {_cell(in_words(_any_key(model)))} | |")
    table = "\n".join(["| key | value | default |", "|---|---|---|", *rows])
    parts = [f"{level} `{title}`" if path else f"{level} {title}", _docstring(model), table if rows else "No keys."]
    parts += [_section(name, below, nested, f"{level}#") for name, below, nested in _below(path, model, hints)]
    return "\n\n".join(part for part in parts if part)


def _below(path: str, model: type[BaseModel], hints: Mapping[str, Any]) -> Iterator[tuple[str, str, type[BaseModel]]]:
    """The tables inside a table: heading, path and model; environments have a heading of their own."""
    for name, hint in hints.items():
        alias = model.model_fields[name].alias or name
        for nested in models_in(hint):
            if nested is EnvironmentRules:
                continue
            below = f"{path}.{alias}".removeprefix(".")
            yield (f"[[{below}]]" if "tuple" in str(hint) else f"[{below}]"), below, nested


def _hints(model: type[BaseModel]) -> dict[str, Any]:
    hints = get_type_hints(model, include_extras=True)
    return {name: hints[name] for name in model.model_fields}


def _any_key(model: type[BaseModel]) -> object:
    """What the keys hold that a person names."""
    (_, value) = get_type_hints(model, include_extras=True)["__pydantic_extra__"].__args__
    return value


def _docstring(model: type[BaseModel]) -> str:
    text = re.sub(r"^`\[[^`]*\]`: ", "", inspect.getdoc(model) or "")  # the heading has said it
    return text[:1].upper() + text[1:]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "*must be given*"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value is PydanticUndefined:
        return ""
    if isinstance(value, BaseModel) or value in ((), {}):
        return "empty" if value in ((), {}) else ""
    return f"`{_toml(value)}`"


def _toml(value: object) -> str:
    """As a person would write it in the file."""
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
