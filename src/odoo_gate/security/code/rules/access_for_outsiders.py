"""Rights of portal users and visitors that no record rule narrows."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.facts import AccessRow, Facts, Field, RecordRule, reference
from odoo_gate.security.code.rule import Hit, ReleaseRule

_OUTSIDERS = {"group_portal": "portal users", "group_public": "visitors"}
_SOMEBODY = frozenset({"res.partner", "res.users", "hr.employee"})
_EVERYTHING = frozenset({"", "[]", "[(1,'=',1)]", "[(1, '=', 1)]"})


def _examine(facts: Facts) -> Iterator[Hit]:
    made_here = {reference(model.name): model.kind for model in facts.models if not model.extends}
    deciding = {reference(model.name) for model in facts.models if model.decides_access}
    private = {reference(model.name) for model in facts.models if any(map(_is_somebodys, model.fields.values()))}
    for row in facts.access:
        who = _OUTSIDERS.get(row.group)
        if who is None or made_here.get(row.model) == "transient" or row.model in deciding:
            continue
        if not row.changes and not (row.read and row.model in private):
            continue
        if any(_narrows(rule, row) for rule in facts.rules):
            continue
        rights = ", ".join((*(("read",) if row.read else ()), *row.changes))
        known = row.model in made_here
        yield Hit(
            row.addon,
            row.path,
            row.line,
            f"{row.name} lets {who} {rights} every record of {row.model}: no record rule of the release narrows it",
            Severity.ERROR if row.changes and known else Severity.WARNING,
        )


def _is_somebodys(field: Field) -> bool:
    """Whether it says whose the record is, or what it is worth."""
    return field.type == "Monetary" or (field.type == "Many2one" and field.comodel in _SOMEBODY)


def _narrows(rule: RecordRule, row: AccessRow) -> bool:
    """A rule for that group, or for all, with a domain that is not everything."""
    applies = not rule.groups or row.group in rule.groups
    return rule.model == row.model and applies and rule.domain not in _EVERYTHING


RULE = ReleaseRule(
    name="access-for-outsiders",
    severity=Severity.ERROR,
    reason="every subcontractor with a portal login reads, or changes, every other's records over RPC",
    remedy="add an ir.rule for the group, such as [('partner_id', 'child_of', user.commercial_partner_id.id)]",
    examine=_examine,
)
