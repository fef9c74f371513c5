"""Models with a company whose records every company sees."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.facts import Facts, reference
from odoo_gate.security.code.rule import Hit, ReleaseRule

_ADMINISTRATORS = frozenset({"group_system", "group_erp_manager"})
"""Who sees every company anyway."""


def _examine(facts: Facts) -> Iterator[Hit]:
    administered = {model for model, groups in _readers(facts).items() if groups <= _ADMINISTRATORS}
    separated = {rule.model for rule in facts.rules if "company" in rule.domain}
    for model in facts.models:
        field = model.fields.get("company_id")
        if field is None or field.comodel != "res.company" or not field.stored:
            continue
        if (
            model.kind != "model"
            or model.extends
            or model.decides_access
            or reference(model.name) in separated | administered
        ):
            continue
        message = f"{model.name} has a company, but no record rule keeps companies apart"
        yield Hit(model.addon, model.path, field.line, message, last_line=field.last_line)


def _readers(facts: Facts) -> dict[str, set[str]]:
    """The groups that read each model."""
    found: dict[str, set[str]] = {}
    for row in facts.access:
        if row.read:
            found.setdefault(row.model, set()).add(row.group)
    return found


RULE = ReleaseRule(
    name="company-without-rule",
    severity=Severity.ERROR,
    reason="users of one company read and change the other's records: over RPC, in searches, exports and reports",
    remedy="add an ir.rule with [('company_id', 'in', company_ids)], or + [False] where it may be shared",
    examine=_examine,
)
