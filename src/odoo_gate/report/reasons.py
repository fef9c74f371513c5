"""Why the verdict is not GO, who must act, and what may be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from odoo_gate.catalogue import entry
from odoo_gate.model import Reason, Status
from odoo_gate.report.changes import anchor_of
from odoo_gate.report.families import who_acts
from odoo_gate.report.model import Report
from odoo_gate.report.reproduce import command_for
from odoo_gate.report.wording import Text, several, shortened, text_of

_SHOWN_TARGETS = 4
_GLANCE_LENGTH = 240
_LABELS = {"missing": "Not run", "failed": "Failed", "errored": "Errored", "skipped": "Skipped"}


@dataclass(frozen=True, slots=True)
class ReasonView:
    """One reason, who must act on it, and where on the page there is more.

    Above the fold stand `question`, what the check asks in words of the business, and `glance`, as much as fits of the
    answer.
    """

    check: str
    question: str
    kind: str
    label: str
    text: Text
    glance: str
    targets: tuple[str, ...]
    more_targets: int
    remedy: str
    why: str
    who: str
    again: str
    anchor: str


def reasons(report: Report) -> list[ReasonView]:
    """Each reason on its own, but one line for all the demanded checks that never ran."""
    never = [
        reason.check
        for reason in report.verdict.reasons
        if reason.outcome is None and not any(fnmatchcase(r.check, reason.check) for r in report.results)
    ]
    if len(never) < 2:
        return [_reason(reason, report) for reason in report.verdict.reasons]
    apart = [_reason(r, report) for r in report.verdict.reasons if r.outcome or r.check not in never]
    return [*apart, _never_ran(never)]


def next_actors(report: Report, found: Sequence[ReasonView]) -> str:
    """Who must act now; empty where that differs from reason to reason."""
    if report.verdict.status is Status.GO:
        needed = [f"{several(count, 'approval')} of {group}" for group, count in report.conditions.approvals.items()]
        deployer = f"whoever deploys to {report.verdict.environment}"
        return f"{' and '.join(needed)}, then {deployer}" if needed else deployer
    people = {reason.who for reason in found}
    return people.pop() if len(people) == 1 else ""


def _never_ran(checks: Sequence[str]) -> ReasonView:
    headline = f"{len(checks)} checks that the policy demands did not run"
    names = ", ".join(dict.fromkeys(check.partition(".")[0] for check in checks))
    return ReasonView(
        check="",
        question=headline,
        kind="missing",
        label=_LABELS["missing"],
        text=Text(headline, ""),
        glance=shortened(names, _GLANCE_LENGTH),
        targets=tuple(checks),
        more_targets=0,
        remedy="run the gate without --only, on a machine that can run all of it",
        why="",
        who=who_acts("run.complete"),
        again="odoo-gate run",
        anchor="",
    )


def _reason(reason: Reason, report: Report) -> ReasonView:
    kind = "missing" if reason.outcome is None else str(reason.outcome)
    behind = [r for r in report.results if r.check == reason.check and r.outcome is reason.outcome]
    remedies = (finding.remedy for result in behind for finding in result.findings if finding.remedy)
    known = entry(reason.check)
    return ReasonView(
        check=reason.check,
        question=known.question if known else "",
        kind=kind,
        label=_LABELS[kind],
        text=text_of(reason.message),
        glance=shortened(reason.message.removeprefix(f"{reason.check}: "), _GLANCE_LENGTH),
        targets=tuple(reason.targets[:_SHOWN_TARGETS]),
        more_targets=max(0, len(reason.targets) - _SHOWN_TARGETS),
        remedy=next(remedies, known.remedy if known else "").replace("`", ""),
        why=known.why.replace("`", "") if known else "",
        who=who_acts(reason.check, report.conditions.asked),
        again=command_for(behind[0]) if behind else "odoo-gate run",
        anchor=anchor_of(reason.check) if behind else "",
    )
