"""Rights to change that are given to no group, and so to everybody."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.facts import Facts
from odoo_gate.security.code.rule import Hit, ReleaseRule


def _examine(facts: Facts) -> Iterator[Hit]:
    for row in facts.access:
        if not row.group and row.changes:
            message = f"{row.name} lets everybody, also who has no account, {', '.join(row.changes)} {row.model}"
            yield Hit(row.addon, row.path, row.line, message)


RULE = ReleaseRule(
    name="access-for-everyone",
    severity=Severity.ERROR,
    reason="a row without group is for portal users and visitors too",
    remedy="name the group that does this work",
    examine=_examine,
)
