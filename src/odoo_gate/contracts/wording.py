"""What is wrong in a contract, in words for the person who wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from odoo_gate.contracts.errors import ContractError

_M = TypeVar("_M", bound=BaseModel)


def validated(model: type[_M], data: Any, place: str) -> _M:
    """`data` as `model`. Raises ContractError that names every wrong key from `place` on."""
    problems = list(unknown_keys(model, data, place))
    if not problems:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            problems = [_told(place, details["loc"], details["msg"]) for details in error.errors(include_url=False)]
    raise ContractError("\n".join(problems), hint="correct the contract; docs/contracts.md shows every key")


def unknown_keys(model: type[BaseModel], data: Any, place: str) -> Iterator[str]:
    """One line for each key, at any depth, that `model` does not know: also where it would let it pass."""
    yield from _unknown((model,), data, place)


def _unknown(models: Sequence[type[BaseModel]], data: Any, place: str) -> Iterator[str]:
    if not isinstance(data, Mapping) or not models:
        return
    known = {field.alias or name: field.annotation for each in models for name, field in each.model_fields.items()}
    for key, value in data.items():
        if key not in known:
            yield f"{place}: {key!r} is not a key here; {_did_you_mean(str(key), list(known))}"
            continue
        yield from _inside(tuple(_models_in(known[key])), value, known[key], f"{place}.{key}")


def _inside(models: Sequence[type[BaseModel]], value: Any, annotation: Any, place: str) -> Iterator[str]:
    if isinstance(value, list):
        for index, item in enumerate(value, 1):
            yield from _unknown(models, item, f"{place}[{index}]")
    elif isinstance(value, Mapping) and str(annotation).startswith("dict["):
        for key, item in value.items():
            yield from _unknown(models, item, f"{place}.{key}")
    else:
        yield from _unknown(models, value, place)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _did_you_mean(word: str, words: list[str]) -> str:
    close = get_close_matches(word, words, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else "known: " + ", ".join(words)


def _told(place: str, path: tuple[int | str, ...], message: str) -> str:
    dotted = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return f"{place}{dotted}: {message[:1].lower()}{message[1:]}".replace(": value error, ", ": ")
