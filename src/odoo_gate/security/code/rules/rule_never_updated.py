"""Record rules that no later release can mend."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.facts import Facts
from odoo_gate.security.code.rule import Hit, ReleaseRule


def _examine(facts: Facts) -> Iterator[Hit]:
    for rule in facts.rules:
        if rule.frozen and not rule.extends:
            message = f"{rule.name} stands in noupdate: where it is installed, an upgrade never changes it"
            yield Hit(rule.addon, rule.path, rule.line, message)


RULE = ReleaseRule(
    name="rule-never-updated",
    severity=Severity.NOTE,
    reason="a hole in a record rule stays open in production although the release closes it",
    remedy="take the rule out of noupdate; where administrators change it, ship a migration script with each mend",
    examine=_examine,
)
