"""Text that tests and addons control, made harmless to read."""

from __future__ import annotations

import unicodedata

_KEPT = "\n\t"
_HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def visible(text: str) -> str:
    """`text` with every character that hides, reorders or controls shown by its code point (`⟦U+202E⟧`).

    Line feeds and tabs stay. Covers bidirectional overrides, zero-width characters, terminal escapes.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text.replace("\r\n", "\n"))


def _shown(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _HIDDEN_CATEGORIES:
        return character
    return f"⟦U+{ord(character):04X}⟧"
