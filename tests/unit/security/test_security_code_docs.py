"""docs/security-code.md knows every rule, as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_gate.security.code import LINT_RULES, RULES

TEXT = (Path(__file__).parents[3] / "docs/security-code.md").read_text("utf-8")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_its_line(rule):
    assert f"| `{rule.name}` | {rule.severity.value} | {rule.reason} | {rule.remedy} |" in TEXT


@pytest.mark.parametrize("name", sorted(LINT_RULES))
def test_a_linters_rule_is_named(name):
    assert name.removeprefix("bandit-").upper() in TEXT or name in TEXT
