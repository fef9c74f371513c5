"""What the release changes, as far as checks have seen it: modules, schema, rights, contracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from odoo_gate.model import IN_BASELINE, CheckResult, Finding

_SHOWN = 6
_OLD = "(it was so before)"
"""What ends the message of a note on something that the release found there and left as it was."""

_SUBJECTS = {
    "Modules": ("modules.scope", "migration.upgrade", "migration.scripts"),
    "Database schema": ("migration.schema", "migration.schema-drift", "migration.fields-and-columns"),
    "Rights": ("migration.access", "security.rights", "contracts.rights", "tenancy.companies"),
    "What others rely on": ("contracts.api", "contracts.files", "contracts.bi", "contracts.webhooks"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """What one check saw."""

    check: str
    anchor: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Changes:
    """What was seen of one subject. `asked` are the checks that looked; without one, nothing is known."""

    subject: str
    asked: tuple[str, ...]
    first: tuple[Change, ...]
    rest: tuple[Change, ...]


def changes(results: Sequence[CheckResult]) -> list[Changes]:
    """Every finding of the checks that compare, its severity as they gave it."""
    return [_changes(subject, checks, results) for subject, checks in _SUBJECTS.items()]


def _changes(subject: str, checks: tuple[str, ...], results: Sequence[CheckResult]) -> Changes:
    looked = [result for check in checks for result in results if result.check == check]
    found = [
        Change(r.check, anchor_of(r.check), finding) for r in looked for finding in r.findings if not _is_old(finding)
    ]
    asked = tuple(dict.fromkeys(result.check for result in looked))
    return Changes(subject, asked, tuple(found[:_SHOWN]), tuple(found[_SHOWN:]))


def _is_old(finding: Finding) -> bool:
    return finding.message.endswith((_OLD, IN_BASELINE))


def anchor_of(check: str) -> str:
    """Where the page speaks of a check."""
    return "check-" + "".join(c if c.isascii() and c.isalnum() else "-" for c in check)
