"""Settings of the databases as numbers, so that `1GB` is `1024MB` and `on` is `true`."""

from __future__ import annotations

import re

_QUANTITY = re.compile(r"^(-?\d+(?:\.\d+)?)\s*(?:x\s*)?(\d+)?\s*([A-Za-z]*)$")
_FACTORS = {
    "": 1.0, "b": 1.0, "kb": 1024.0, "mb": 1024.0**2, "gb": 1024.0**3, "tb": 1024.0**4,
    "us": 1e-3, "ms": 1.0, "s": 1e3, "min": 6e4, "h": 3.6e6, "d": 8.64e7,
}  # fmt: skip
_SWITCHES = {"on": "on", "true": "on", "yes": "on", "off": "off", "false": "off", "no": "off"}


def same(one: str, other: str) -> bool:
    """Whether two values of one setting mean the same. Memory counts in bytes, time in milliseconds."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> float | str:
    """`1GB`, `8192 x 8kB` (a count of units, as PostgreSQL tells it), `on`; anything else in lower case."""
    word = text.strip().strip("'\"").lower()
    if word in _SWITCHES:
        return _SWITCHES[word]
    match = _QUANTITY.match(word)
    if match is None or match.group(3) not in _FACTORS:
        return " ".join(word.replace(",", " ").split())
    return float(match.group(1)) * float(match.group(2) or 1) * _FACTORS[match.group(3)]
