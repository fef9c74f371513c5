from __future__ import annotations

import pytest

from odoo_gate.odoo.agent.inspection import fits, placeholders


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plain", []),
        ("100%", []),
        ("100%% sure", []),
        ("%s of %d", ["", ""]),
        ("%(name)s and %(name)s", ["name"]),
        ("%(amount).2f", ["amount"]),
    ],
)
def test_placeholders(text: str, found: list[str]) -> None:
    assert placeholders(text) == found


@pytest.mark.parametrize(
    ("source", "translation", "good"),
    [
        ("Hello %s", "Hallo %s", True),
        ("Hello %s", "Hallo", False),
        ("Hello", "Hallo %s", False),
        ("%(a)s by %(b)s", "%(b)s: %(a)s", True),
        ("%(a)s by %(b)s", "nur %(a)s", True),
        ("%(a)s", "%(c)s", False),
    ],
)
def test_a_translation_fits_when_it_can_be_formatted(source: str, translation: str, good: bool) -> None:
    assert fits(source, translation) is good
