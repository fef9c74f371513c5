"""Wages, bank accounts and personal numbers that every employee can read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.facts import Facts, Field, ModelClass, reference
from odoo_gate.security.code.rule import Hit, ReleaseRule

_SENSITIVE = re.compile(
    r"(?:^|_)(?:wage|wages|salary|payslip_amount|hourly_cost|hourly_wage|cost_rate|labou?r_cost|employee_cost|cost_price"
    r"|purchase_margin|iban|acc_number|bank_account|bank_acc|ssn|bsn|ssnid|social_security(?:_number)?|sinid"
    r"|passport|passport_id|identification_id|national_id|credit_card|date_of_birth|disability)(?:$|_(?:id|ids|number|no|rate|amount))",
)
_VALUES = frozenset({"Char", "Text", "Float", "Integer", "Monetary", "Date", "Many2one", "Json", "Binary"})
_EMPLOYEES = frozenset({"", "group_user", "group_portal", "group_public"})
_READ_BY_EMPLOYEES = frozenset(
    {
        *("hr.employee", "hr.employee.public", "hr.employee.base", "project.project", "project.task"),
        *("product.product", "product.template", "res.company", "res.partner", "res.users", "resource.resource"),
    }
)
"""Stock models that every employee reads, or whose form takes its fields for granted."""


def _examine(facts: Facts) -> Iterator[Hit]:
    open_ = {row.model for row in facts.access if row.read and row.group in _EMPLOYEES}
    own = {model.name for model in facts.models if not model.extends and model.kind != "abstract"}
    for model in facts.models:
        if model.kind == "transient" or (model.name in own and reference(model.name) not in open_):
            continue
        known = reference(model.name) in open_ or model.name in _READ_BY_EMPLOYEES
        for field in model.fields.values():
            if _is_sensitive(field):
                readers = "every employee can read it" if known else "whoever reads the model reads it"
                yield _hit(model, field, readers, Severity.ERROR if known else Severity.WARNING)


def _is_sensitive(field: Field) -> bool:
    if field.type not in _VALUES or field.options.get("groups"):
        return False
    return bool(_SENSITIVE.search(field.name))


def _hit(model: ModelClass, field: Field, readers: str, severity: Severity) -> Hit:
    message = f"{model.name}.{field.name} has no groups: {readers}"
    return Hit(model.addon, model.path, field.line, message, severity, field.last_line)


RULE = ReleaseRule(
    name="sensitive-field-open",
    severity=Severity.ERROR,
    reason="what colleagues earn, cost, or where their money goes is one export away for everybody with a login",
    remedy="name who may see it: groups='hr.group_hr_user' on the field",
    examine=_examine,
)
