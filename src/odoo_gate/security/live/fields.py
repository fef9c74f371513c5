"""`security.fields`: who reads what few should read: wages, bank accounts, where people live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from odoo_gate.model import IN_BASELINE, Finding, Severity
from odoo_gate.odoo.rpc import ADMIN
from odoo_gate.security.live.matrix import Matrix, Right
from odoo_gate.security.live.site import Site

SENSITIVE = (
    "hr.employee.wage", "hr.version.wage", "hr.contract.wage", "hr.employee.hourly_cost", "hr.version.hourly_cost",
    "hr.employee.private_*", "hr.version.private_*", "hr.employee.address_home_id", "hr.employee.ssnid",
    "hr.version.ssnid", "hr.employee.sinid", "hr.employee.passport_id", "hr.version.passport_id",
    "hr.employee.identification_id", "hr.version.identification_id", "hr.employee.birthday",
    "hr.employee.bank_account_id", "hr.employee.bank_account_ids", "hr.employee.pin", "hr.employee.marital",
    "hr.version.marital", "hr.employee.children", "hr.version.children", "res.partner.bank.acc_number",
    "ir.config_parameter.value", "ir.mail_server.smtp_pass", "fetchmail.server.password",
    "payment.provider.*_secret*", "*.wage",
)  # fmt: skip
"""Sensitive fields of stock Odoo, 14 to 19, and wages wherever they are; each counts where its model is installed."""
_REMEDY = (
    "give the field groups=, or guard its model; when the role needs it, approve the line ROLE,MODEL:FIELD in the "
    "matrix (odoo-gate security rights --write FILE drafts it)"
)


@dataclass(frozen=True)
class Read:
    """Who reads which sensitive field of a site. Rows of `matrix` are (role, `model:field`)."""

    matrix: Matrix
    fields: tuple[str, ...]
    unseen: tuple[str, ...]


def field_rights(site: Site, sensitive: Sequence[str]) -> Read:
    """Read every sensitive field as every role but the administrator. Raises AgentError, ReleaseFailure."""
    users = {role: uid for role, uid in site.users.items() if role != ADMIN}
    told = site.ask("fields.py", "read_all", {"users": users, "patterns": [*SENSITIVE, *sensitive]})
    rows = {(role, f"{model}:{field}"): Right.of("r") for role, model, field in told["read"]}
    return Read(Matrix(rows), tuple(told["fields"]), tuple(told["unseen"]))


def unknown_patterns(read: Read, sensitive: Sequence[str]) -> Iterator[Finding]:
    """Patterns of gate.toml that mean no field, and so guard nothing."""
    for pattern in sensitive:
        if not any(fnmatchcase(field, pattern) for field in read.fields):
            message = f"security.sensitive names {pattern}, which is no field of any model"
            yield Finding("unknown-field", message, remedy="correct the pattern, or take it out")


def field_findings(candidate: Read, approved: Matrix | None, baseline: Read | None) -> Iterator[Finding]:
    """Everybody who reads a sensitive field that nobody approved."""
    if not candidate.fields:
        yield Finding("nothing-read", "no sensitive field exists in this database: that proves nothing")
        return
    allowed = approved.fields if approved is not None else Matrix({})
    for role, field in sorted(candidate.matrix.rows):
        if allowed.of(role, field).rights:
            continue
        is_known = baseline is not None and bool(baseline.matrix.of(role, field).rights)
        end = IN_BASELINE if is_known else ""
        message = f"{role} reads {field.replace(':', '.')}, which nobody approved{end}"
        yield Finding("readable", message, Severity.WARNING if is_known else Severity.ERROR, remedy=_REMEDY)
    if candidate.unseen:
        message = f"no record has a value in {', '.join(candidate.unseen)}: judged by rights alone"
        yield Finding("judged-by-rights", message, Severity.NOTE)
