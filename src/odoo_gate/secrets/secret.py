"""A secret that was found: where, of what kind, and a fingerprint in place of the value, which is kept nowhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from odoo_gate.model import Place

_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Secret:
    """`kind` completes "holds what looks like ..."; `line` is 1-based; `fingerprint` as below."""

    kind: str
    path: str
    line: int
    fingerprint: str

    @property
    def place(self) -> Place:
        return Place(self.path, self.line)


def fingerprint(path: str, value: str) -> str:
    """10 hex digits for a value in a file: the same wherever it moves in the file, and too few to give it away."""
    return hashlib.sha256(f"{path}\0{value}".encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
