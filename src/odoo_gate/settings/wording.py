"""Validation errors in words for the person who wrote `gate.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

_EXPECTED = {
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be a string in quotes",
    "tuple_type": "must be a list",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong value: `key` is `section.key`, `message` continues the sentence that begins with the key."""

    key: str
    message: str
    hint: str = ""


def in_words(section: str, model: type[BaseModel], error: ValidationError) -> Iterator[Problem]:
    """The problems of one section of `gate.toml`."""
    for details in error.errors(include_url=False):
        match details["loc"]:
            case (str(name), int(index), *rest) if issubclass(entry := _entry(model, name), BaseModel):
                inside: ErrorDetails = {**details, "loc": tuple(rest)}
                problem = _problem(f"[{section}.{name}]", entry, inside)
                yield replace(problem, key=f"{section}.{name}[{index + 1}]{problem.key.partition(']')[2]}")
            case _:
                yield _problem(section, model, details)


def _entry(model: type[BaseModel], name: str) -> type:
    """What a key's list holds; `object` when it holds no tables."""
    kinds = get_args(model.model_fields[name].annotation) if name in model.model_fields else ()
    return kinds[0] if kinds and isinstance(kinds[0], type) else object


def _problem(section: str, model: type[BaseModel], details: ErrorDetails) -> Problem:
    name = str(details["loc"][0]) if details["loc"] else ""
    key = f"{section}.{name}" if name else section
    given, kind, context = details["input"], details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        close = get_close_matches(name, list(model.model_fields), n=1, cutoff=0.6)
        known = ", ".join(model.model_fields)
        return Problem(key, "is not a key of this section", f"did you mean {close[0]}?" if close else f"known: {known}")
    if kind == "missing":
        return Problem(key, "is missing", f"add {name} to [{section}]")
    if kind in ("model_type", "model_attributes_type"):
        return Problem(key, "must be a table", f"write [{section}] on a line of its own")
    if kind == "value_error":
        return Problem(key, str(context.get("error", details["msg"])))
    if kind == "string_pattern_mismatch":
        return Problem(key, f"holds {given!r}, which is not a valid {name.rstrip('s').replace('_', ' ')}")
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        limit = next(iter(context.values()))
        return Problem(key, f"must be {kind.replace('_', ' ')} {limit}, not {given!r}".replace("equal", "or equal to"))
    expected = _EXPECTED.get(kind, details["msg"][:1].lower() + details["msg"][1:])
    return Problem(key, expected if kind == "too_short" else f"{expected}, not {given!r}")
