"""What the release changes, as far as checks have seen it: modules, schema, rights, contracts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from odoo_gate.model import IN_BASELINE, CheckResult, Finding

_SHOWN = 6
_RIGHT = re.compile(r"(?:[\w ,]+: )?group (?P<who>\S+) on (?P<model>\S+) (?P<may>may .+), which it could not before$")
"""How `migration.access` words a right that a group gets."""

_NAMED = 3
"""Groups named in a line; the others are counted, and all of them stand with the check."""

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
    """Every finding of the checks that compare, its severity as they gave it; of rights that many get, one line."""
    return [_changes(subject, checks, results) for subject, checks in _SUBJECTS.items()]


def _changes(subject: str, checks: tuple[str, ...], results: Sequence[CheckResult]) -> Changes:
    looked = [result for check in checks for result in results if result.check == check]
    found = [
        Change(result.check, anchor_of(result.check), finding)
        for result in looked
        for finding in _together(each for each in result.findings if not _is_old(each))
    ]
    asked = tuple(dict.fromkeys(result.check for result in looked))
    return Changes(subject, asked, tuple(found[:_SHOWN]), tuple(found[_SHOWN:]))


def _together(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings on the same right of several groups as one, where the first of them stands."""
    alike: dict[object, list[Finding]] = defaultdict(list)
    for number, finding in enumerate(findings):
        right = _RIGHT.match(finding.message)
        alike[(finding.severity, right["model"], right["may"]) if right else number].append(finding)
    for ones in alike.values():
        yield ones[0] if len(ones) == 1 else replace(ones[0], message=_many(ones))


def _many(ones: Sequence[Finding]) -> str:
    rights = [right for each in ones if (right := _RIGHT.match(each.message))]
    others = f" and {len(rights) - _NAMED} more groups" if len(rights) > _NAMED else ""
    named = ", ".join(right["who"] for right in rights[:_NAMED])
    return f"{rights[0]['model']}: {named}{others} {rights[0]['may']}, which they could not before"


def _is_old(finding: Finding) -> bool:
    return finding.message.endswith((_OLD, IN_BASELINE))


def anchor_of(check: str) -> str:
    """Where the page speaks of a check."""
    return "check-" + "".join(c if c.isascii() and c.isalnum() else "-" for c in check)
