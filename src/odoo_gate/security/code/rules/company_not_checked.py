"""Relations that may join records of two companies."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.facts import Facts, Field, ModelClass
from odoo_gate.security.code.rule import Hit, ReleaseRule

_OF_A_COMPANY = frozenset(
    {
        *("account.account", "account.analytic.account", "account.bank.statement", "account.journal", "account.move"),
        *("account.move.line", "account.payment", "account.payment.term", "account.tax", "crm.team", "fleet.vehicle"),
        *(
            "hr.contract",
            "hr.department",
            "hr.employee",
            "hr.job",
            "maintenance.equipment",
            "mrp.bom",
            "mrp.production",
        ),
        *("mrp.workcenter", "project.project", "project.task", "purchase.order", "purchase.order.line"),
        *("resource.calendar", "sale.order", "sale.order.line", "stock.location", "stock.move", "stock.picking"),
        *("stock.picking.type", "stock.route", "stock.warehouse"),
    }
)
"""Stock models whose records belong to one company as a rule."""


_SHARED = frozenset(
    {"ir.attachment", "res.users", "res.partner", "res.company", "product.product", "product.template", "website"}
)
"""Models whose records have a company and yet serve several."""


def _examine(facts: Facts) -> Iterator[Hit]:
    own = {model.name for model in facts.models if _has_company(model) and model.kind == "model"}
    separate = (own | _OF_A_COMPANY) - _SHARED
    checking = {model.name for model in facts.models if model.checks_company}
    by_name: dict[str, list[ModelClass]] = {}
    for model in facts.models:
        by_name.setdefault(model.name, []).append(model)
    extended = {model.name for model in facts.models} - {m.name for m in facts.models if not m.extends}
    for model in facts.models:
        classes = tuple(by_name[model.name])
        if model.kind != "model" or any(each.abstract_table for each in classes) or model.name in extended | _SHARED:
            continue
        for field in model.fields.values():
            if field.type != "Many2one" or not field.stored or field.options.get("company_dependent"):
                continue
            said = field.options.get("check_company")
            if said is not None and said is not False and model.name not in checking:
                yield _hit(model, field, "says check_company without _check_company_auto: saving checks nothing")
            elif said is None and field.comodel in separate - {model.name} and _may_differ(field, classes):
                yield _hit(model, field, f"may point at a {field.comodel} of another company (no check_company)")


def _may_differ(field: Field, classes: tuple[ModelClass, ...]) -> bool:
    """Users fill it, on a model with a company of its own, and no constraint looks at it."""
    if not _is_chosen(field) or not any(map(_has_company, classes)):
        return False
    return not _gives_the_company(field, classes) and not any(field.name in each.constrained for each in classes)


def _is_chosen(field: Field) -> bool:
    """Whether users fill it: not computed, not related, not read-only."""
    return not ({"related", "compute"} & field.options.keys()) and field.options.get("readonly") is not True


def _gives_the_company(field: Field, classes: tuple[ModelClass, ...]) -> bool:
    """Whether the record's company follows from what the field points at, or from something else it computes."""
    for each in classes:
        company = each.fields.get("company_id")
        if company is None:
            continue
        if str(company.options.get("related", "")).startswith(f"{field.name}."):
            return True
        if "compute" in company.options and company.options.get("readonly") is not False:
            return True
    return False


def _has_company(model: ModelClass) -> bool:
    field = model.fields.get("company_id")
    return field is not None and field.comodel == "res.company"


def _hit(model: ModelClass, field: Field, what: str) -> Hit:
    return Hit(model.addon, model.path, field.line, f"{model.name}.{field.name} {what}", last_line=field.last_line)


RULE = ReleaseRule(
    name="company-not-checked",
    severity=Severity.WARNING,
    reason="a bill of one company on a job of the other: both companies' books are wrong, and each sees the other's",
    remedy="add check_company=True to the field and _check_company_auto = True to the model",
    examine=_examine,
)
