"""What a key may hold, in words for the person who writes the file."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from odoo_gate.settings import sections

_NAMED = {
    "Series": "an Odoo series, such as `19.0`",
    "RelativePath": "a path below the project",
    "OptionalPath": "a path below the project, or empty",
    "Requirements": "a list of PEP 508 requirements, or the path of a requirements file",
    "Line": "one line of text",
}
"""Aliases of the settings that say more than the type below them."""

_KINDS: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    date: "a date",
}


def in_words(hint: Any) -> str:
    """The values that `hint` admits."""
    for name, words in _NAMED.items():
        if hint == getattr(sections, name):
            return words
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        kind, colon, each = in_words(arguments[0]).partition(": ")
        return kind + _limits(arguments[1:]) + colon + each
    if origin is Literal:
        return " or ".join(f"`{json.dumps(argument)}`" for argument in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(in_words(each) for each in arguments if each is not type(None))
    if origin is tuple:
        return "tables, see below" if list(models_in(hint)) else f"a list: each {in_words(arguments[0])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "tables, see below" if list(models_in(hint)) else f"a table: each {in_words(arguments[1])}"
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return "a table, see below"
    return _KINDS.get(hint, "text")


def models_in(hint: Any) -> Iterator[type[BaseModel]]:
    """The models that `hint` holds, at whatever depth."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for argument in get_args(hint):
        yield from models_in(argument)


def _limits(metadata: tuple[Any, ...]) -> str:
    said: list[str] = []
    for each in metadata:
        parts = each.metadata if isinstance(each, FieldInfo) else [each]
        for part in parts:
            said += _limit(part)
    return "".join(f", {each}" for each in said)


def _limit(part: Any) -> Iterator[str]:
    match part:
        case annotated_types.Ge(ge=limit):
            yield f"at least {limit}"
        case annotated_types.Gt(gt=limit):
            yield f"above {limit}"
        case annotated_types.Le(le=limit):
            yield f"at most {limit}"
        case annotated_types.Lt(lt=limit):
            yield f"below {limit}"
        case annotated_types.MinLen():
            yield "not empty"
        case StringConstraints(pattern=str(pattern)):
            yield f"`{pattern}`"
        case StringConstraints(min_length=int()):
            yield "not empty"
