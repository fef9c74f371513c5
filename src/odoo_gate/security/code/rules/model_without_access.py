"""Models that no access right speaks of."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.facts import Facts, reference
from odoo_gate.security.code.rule import Hit, ReleaseRule


def _examine(facts: Facts) -> Iterator[Hit]:
    granted = {row.model for row in facts.access}
    for model in facts.models:
        if not model.extends and model.kind != "abstract" and reference(model.name) not in granted:
            message = f"{model.name} has no access rights in the data that Odoo loads"
            yield Hit(model.addon, model.path, model.line, message)


RULE = ReleaseRule(
    name="model-without-access",
    severity=Severity.ERROR,
    reason="only the superuser can use it, so code around it takes to sudo(), and then nobody is asked anything",
    remedy="add a row for each group to security/ir.model.access.csv, and name the file in the manifest",
    examine=_examine,
)
