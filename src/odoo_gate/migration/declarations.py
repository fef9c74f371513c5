"""Changes that gate.toml declares: they stay in the evidence, with the reason, and fail nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from odoo_gate.model import Finding, Severity
from odoo_gate.settings import DeclaredChange


@dataclass(frozen=True, slots=True)
class Change:
    """A finding about `object`: `table`, `table.column`, or `table.name` of a constraint or an index."""

    object: str
    finding: Finding


def judged(changes: Iterable[Change], declared: Sequence[DeclaredChange]) -> list[Finding]:
    """The findings of `changes`: an error that is declared becomes a note that gives the reason."""
    return [_judged(change, declared) for change in changes]


def unused(changes: Sequence[Change], declared: Sequence[DeclaredChange]) -> list[Finding]:
    """Declarations that nothing needed: forgotten ones would hide the next release's mistakes."""
    return [
        Finding(
            "declaration-unused",
            f"gate.toml declares a change of {each.object}, and nothing of the kind happens",
            Severity.WARNING,
            remedy="remove this [[migration.declared]]",
        )
        for each in declared
        if not any(_matches(each, change) for change in changes)
    ]


def _judged(change: Change, declared: Sequence[DeclaredChange]) -> Finding:
    found = change.finding
    reason = next((each.reason for each in declared if _matches(each, change)), None)
    if reason is None or found.severity is not Severity.ERROR:
        return found
    return replace(found, severity=Severity.NOTE, message=f"{found.message}; declared: {reason}")


def _matches(declared: DeclaredChange, change: Change) -> bool:
    return fnmatchcase(change.object, declared.object) and fnmatchcase(change.finding.rule, declared.rule)
