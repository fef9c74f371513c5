"""HTML fields that keep scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from odoo_gate.model import Severity
from odoo_gate.security.code.facts import Facts
from odoo_gate.security.code.rule import Hit, ReleaseRule


def _examine(facts: Facts) -> Iterator[Hit]:
    for model in facts.models:
        for field in model.fields.values():
            if field.type == "Html" and field.options.get("sanitize") is False and _is_written_by_users(field.options):
                message = f"{model.name}.{field.name} keeps scripts that are typed or sent in (sanitize=False)"
                yield Hit(model.addon, model.path, field.line, message, last_line=field.last_line)


def _is_written_by_users(options: Mapping[str, object]) -> bool:
    """Computed without an inverse, only the code writes it."""
    computed = "compute" in options or "related" in options
    return not computed or "inverse" in options or options.get("readonly") is False


RULE = ReleaseRule(
    name="html-not-sanitised",
    severity=Severity.WARNING,
    reason="what one user or an incoming mail puts there runs in the browser of everyone who reads it",
    remedy="leave sanitize on; sanitize_attributes=False or sanitize_style=False where a layout needs it",
    examine=_examine,
)
