"""What a caller relies on in a method's signature, and what a change of it breaks."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Way(StrEnum):
    """How an argument is given; the names are those of `inspect.Parameter`."""

    POSITIONAL_ONLY = "POSITIONAL_ONLY"
    EITHER = "POSITIONAL_OR_KEYWORD"
    KEYWORD_ONLY = "KEYWORD_ONLY"
    REST = "VAR_POSITIONAL"
    NAMED_REST = "VAR_KEYWORD"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `default` is the Python text of its default, None when it must be given."""

    name: str
    way: Way = Way.EITHER
    default: str | None = None

    @property
    def is_rest(self) -> bool:
        return self.way in (Way.REST, Way.NAMED_REST)

    def __str__(self) -> str:
        mark = {Way.REST: "*", Way.NAMED_REST: "**"}.get(self.way, "")
        return f"{mark}{self.name}" + (f"={self.default}" if self.default is not None else "")


Signature = tuple[Parameter, ...]


def written(signature: Signature) -> str:
    """`(vals_list, *, check=True)`: as people write it, without self."""
    parts: list[str] = []
    for number, parameter in enumerate(signature):
        first_named = parameter.way is Way.KEYWORD_ONLY and all(
            each.way not in (Way.KEYWORD_ONLY, Way.REST) for each in signature[:number]
        )
        parts.extend(("*", str(parameter)) if first_named else (str(parameter),))
        ends_positional = parameter.way is Way.POSITIONAL_ONLY and all(
            each.way is not Way.POSITIONAL_ONLY for each in signature[number + 1 :]
        )
        parts.extend(("/",) if ends_positional else ())
    return f"({', '.join(parts)})"


def parsed(text: str) -> Signature:
    """The signature written as `(domain, limit=80)`; a first `self` is left out. Raises ValueError."""
    refusal = f"{text!r} is not a signature; write it as (domain, limit=80)"
    try:
        body = ast.parse(f"def method{text.strip()}: pass").body
    except SyntaxError as error:
        raise ValueError(refusal) from error
    function = body[0]
    if len(body) != 1 or not isinstance(function, ast.FunctionDef):
        raise ValueError(refusal)
    found = list(_parameters(function.args))
    return tuple(found[1:] if found and found[0].name == "self" else found)


def described(facts: Sequence[Mapping[str, Any]]) -> Signature:
    """The signature that Odoo told of."""
    return tuple(Parameter(each["name"], Way(each["way"]), each["default"]) for each in facts)


def breaks(promised: Signature, real: Signature) -> Iterator[str]:
    """Why a caller that relies on `promised` fails against `real`; nothing when it does not."""
    by_name = {parameter.name: parameter for parameter in real if not parameter.is_rest}
    takes_more = any(parameter.way is Way.NAMED_REST for parameter in real)
    for place, parameter in enumerate(promised):
        now = by_name.get(parameter.name)
        if parameter.is_rest:
            if all(each.way is not parameter.way for each in real):
                yield f"takes no {parameter} any more"
        elif now is None:
            if not takes_more:
                yield f"takes no {parameter.name} any more"
        else:
            yield from _parameter_breaks(parameter, now, place, real)
    names = {parameter.name for parameter in promised}
    for parameter in real:
        if parameter.name not in names and parameter.default is None and not parameter.is_rest:
            yield f"cannot be called without {parameter.name}"


def _parameter_breaks(promised: Parameter, now: Parameter, place: int, real: Signature) -> Iterator[str]:
    if promised.way is not Way.KEYWORD_ONLY and (now.way is Way.KEYWORD_ONLY or real.index(now) != place):
        yield f"takes {promised.name} at another place"
    if promised.way is not Way.POSITIONAL_ONLY and now.way is Way.POSITIONAL_ONLY:
        yield f"takes {promised.name} no more by name"
    if promised.default is None:
        return
    if now.default is None:
        yield f"cannot be called without {promised.name} any more"
    elif now.default != promised.default:
        yield f"takes {promised.name} as {now.default} by default, not as {promised.default}"


def _parameters(arguments: ast.arguments) -> Iterator[Parameter]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults)) + [*arguments.defaults]
    for argument, default in zip(positional, defaults, strict=True):
        way = Way.POSITIONAL_ONLY if argument in arguments.posonlyargs else Way.EITHER
        yield Parameter(argument.arg, way, _text(default))
    if arguments.vararg:
        yield Parameter(arguments.vararg.arg, Way.REST)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield Parameter(argument.arg, Way.KEYWORD_ONLY, _text(default))
    if arguments.kwarg:
        yield Parameter(arguments.kwarg.arg, Way.NAMED_REST)


def _text(default: ast.expr | None) -> str | None:
    """The default as `repr` writes it, where it is a plain value."""
    if default is None:
        return None
    try:
        return repr(ast.literal_eval(default))
    except ValueError:
        return ast.unparse(default)
