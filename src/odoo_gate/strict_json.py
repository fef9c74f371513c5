"""Reads JSON that somebody else wrote: everything two parsers could disagree about is refused."""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn

# Possessive, so that an unclosed string is read once and never tried again from within: linear in the input.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")

MAX_DEPTH = 32


class NotStrictJson(ValueError):
    """The bytes are not the one JSON document every reader would agree on."""


def read_json(data: bytes, *, max_bytes: int, max_depth: int = MAX_DEPTH) -> object:
    """Parse `data` as UTF-8 JSON (RFC 8259) without any of its ambiguities.

    Refused: more than `max_bytes`, nesting deeper than `max_depth`, a byte order mark, text that is not
    UTF-8, a repeated key, NaN and infinity (also as an overflowing number), a lone surrogate, anything after
    the document.
    Raises NotStrictJson with a sentence that names the fault.
    """
    if len(data) > max_bytes:
        raise NotStrictJson(f"it is {len(data)} bytes long, more than the {max_bytes} allowed")
    text = _decode(data)
    _check_depth(text, max_depth)
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except NotStrictJson:
        raise
    except (ValueError, RecursionError) as error:
        raise NotStrictJson(f"it is not JSON: {error}") from error
    if _SURROGATE_ESCAPE.search(text):
        _check_surrogates(document)
    return document


def _decode(data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        raise NotStrictJson("it starts with a byte order mark")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotStrictJson(f"it is not UTF-8 at byte {error.start}") from error


def _check_depth(text: str, limit: int) -> None:
    """Count brackets outside strings, before any recursive parser sees them."""
    depth = 0
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark in "[{":
            depth += 1
            if depth > limit:
                raise NotStrictJson(f"it nests deeper than {limit} levels")
        elif mark in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotStrictJson(f"the key {twice!r} appears twice in one object")
    return members


def _no_constant(name: str) -> NoReturn:
    raise NotStrictJson(f"it holds {name}, which is not a number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise NotStrictJson(f"the number {digits[:40]} is too large")
    return value


def _check_surrogates(document: object) -> None:
    pending = [document]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            if _LONE_SURROGATE.search(node):
                raise NotStrictJson("a string holds half of a surrogate pair")
        elif isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, dict):
            pending.extend(node)
            pending.extend(node.values())
