"""What is new in a release, told from what production has already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from odoo_gate.addons import AddonGraph, files_below
from odoo_gate.model import IN_BASELINE, Finding, Place, Severity
from odoo_gate.security.code.analysis import Analysis
from odoo_gate.security.code.facts import RecordRule
from odoo_gate.security.code.rule import Sighting

_NOT_LOOKED_AT = frozenset({"not-linted", "unreadable-file"})
"""Never old news: what was not looked at in either release is not known to be sound."""

_MIGRATIONS = ("migrations", "upgrades")


def compared(candidate: Sequence[Sighting], baseline: Iterable[Sighting] | None) -> list[Finding]:
    """The candidate's findings; an error that the baseline has too becomes a warning. No baseline: all are new.

    The same thing found twice where the baseline has it once is new once.
    """
    known = Counter(each.key for each in baseline or ())
    found = []
    for each in candidate:
        if known[each.key] and each.finding.rule not in _NOT_LOOKED_AT:
            known[each.key] -= 1
            found.append(_as_known(each.finding))
        else:
            found.append(each.finding)
    return found


def rule_changes_lost(candidate: Analysis, baseline: Analysis, graph: AddonGraph) -> Iterator[Finding]:
    """Record rules the release changes where no upgrade looks (`noupdate`), and no migration script names."""
    before = {(rule.addon, rule.name): rule for rule in baseline.facts.rules}
    for rule in candidate.facts.rules:
        old = before.get((rule.addon, rule.name))
        if old is None or not (rule.frozen and old.frozen) or _says(rule) == _says(old):
            continue
        if not _migrated(rule, graph):
            yield Finding(
                "rule-change-lost",
                f"{rule.addon}.{rule.name} is changed in noupdate: production keeps {old.domain or 'no domain'}",
                Severity.ERROR,
                Place(f"{candidate.folders[rule.addon]}/{rule.path}", rule.line),
                "take it out of noupdate, or write the new domain in a migration script",
            )


def _as_known(finding: Finding) -> Finding:
    severity = Severity.WARNING if finding.severity is Severity.ERROR else finding.severity
    return replace(finding, severity=severity, message=f"{finding.message}{IN_BASELINE}")


def _says(rule: RecordRule) -> tuple[str, str, tuple[str, ...]]:
    return (rule.model, rule.domain, rule.groups)


def _migrated(rule: RecordRule, graph: AddonGraph) -> bool:
    folder = graph.folders[rule.addon]
    return any(
        path.startswith(_MIGRATIONS) and file.suffix == ".py" and rule.name in file.read_text("utf-8", errors="replace")
        for path, file in files_below(folder, graph.root)
    )
