"""Whether the users of one company see only that company."""

from odoo_gate.tenancy.affected import (
    Touched,
    Validated,
    company_findings,
    touched_by,
    validate_companies,
)
from odoo_gate.tenancy.group import Company, Group, open_group
from odoo_gate.tenancy.isolation import Looked, isolation_findings, look_across

__all__ = [
    "Company",
    "Group",
    "Looked",
    "Touched",
    "Validated",
    "company_findings",
    "isolation_findings",
    "look_across",
    "open_group",
    "touched_by",
    "validate_companies",
]
