"""The two checks of this room, as the suite asks them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from odoo_gate.addons import AddonGraph
from odoo_gate.model import Finding, Severity
from odoo_gate.security.code.analysis import analyse
from odoo_gate.security.code.comparison import compared, rule_changes_lost
from odoo_gate.security.code.lint import Linted
from odoo_gate.security.code.lint_bandit import bandit
from odoo_gate.security.code.lint_pylint import pylint_odoo
from odoo_gate.security.code.suppression import accepted

_LINTERS: tuple[Callable[[AddonGraph], Linted], ...] = (bandit, pylint_odoo)


@dataclass(frozen=True, slots=True)
class Judged:
    """The findings of a check, and of how many addons, files and lines of Python they speak."""

    findings: tuple[Finding, ...]
    addons: int
    files: int
    lines: int


def code_findings(candidate: AddonGraph, baseline: AddonGraph | None) -> Judged:
    """`security.code`: the analysis of the candidate, compared with the baseline's. Nothing looked at is an error."""
    seen = analyse(candidate)
    before = analyse(baseline) if baseline is not None else None
    found = compared(seen.sightings, before.sightings if before else None)
    if before is not None:
        found += rule_changes_lost(seen, before, candidate)
    if not seen.files:
        found.append(_nothing("the analysis found no file to look at"))
    return Judged(tuple(found), seen.addons, seen.files, seen.lines)


def lint_findings(candidate: AddonGraph, baseline: AddonGraph | None) -> Judged:
    """`security.lint`: bandit and pylint-odoo on the candidate, compared with what they say of the baseline.

    Raises UsageError when a linter is not installed.
    """
    found: list[Finding] = []
    seen = analyse(candidate)  # for the exceptions written into the code
    files = 0
    for linter in _LINTERS:
        said = linter(candidate)
        kept, _ = accepted(said.sightings, seen.suppressions, seen.folders)
        before = linter(baseline).sightings if baseline is not None and kept else None
        found += compared(kept, before)
        files += said.files
    return Judged(tuple(found), seen.addons, files, seen.lines)


def _nothing(what: str) -> Finding:
    return Finding("nothing-examined", what, Severity.ERROR, remedy="correct [addons] in gate.toml")
