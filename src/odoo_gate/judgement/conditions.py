"""The conditions of a policy as the report shows them: how each came out, and who has still to act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from odoo_gate.model import CheckResult, Verdict
from odoo_gate.policy import (
    EnvironmentRules,
    Grade,
    Graded,
    ManualAnswer,
    ManualDemand,
    OverrideRules,
    answers_that_count,
    grades,
    is_derived,
)
from odoo_gate.report import AnswerLine, Conditions, ManualLine, ObjectiveLine, OverrideTerms, ScoreLine

_SOON = timedelta(days=7)


def conditions_of(
    rules: EnvironmentRules,
    results: Sequence[CheckResult],
    verdict: Verdict,
    answers: Sequence[ManualAnswer],
    about: tuple[str, str],
    at: datetime,
) -> Conditions:
    """What `rules` ask besides checks. `about` is the project and the sha256 of its addons' listing."""
    graded = grades(rules.objectives, [result for result in results if not is_derived(result.check)])
    return Conditions(
        objectives=tuple(_objective(each) for each in graded),
        score=_score(graded, rules.score.at_least) if graded else None,
        manual=tuple(_manual(demand, answers, about, at) for demand in rules.manual),
        approvals=dict(rules.approvals.groups) if rules.approvals else {},
        approval_hours=rules.approvals.valid_for_hours if rules.approvals else 0,
        override=_override(rules.override, verdict) if rules.override else None,
    )


def _objective(graded: Graded) -> ObjectiveLine:
    asked = graded.objective
    return ObjectiveLine(
        name=asked.name,
        check=asked.check,
        wanted=f"{asked.metric} {asked.passes}",
        tolerated=str(asked.warns) if asked.warns else "",
        said=graded.said,
        grade=str(graded.grade),
        points=graded.points,
        weight=asked.weight,
        veto=asked.veto,
    )


def _score(graded: Sequence[Graded], demanded: float) -> ScoreLine:
    if any(each.grade is Grade.UNKNOWN for each in graded):
        return ScoreLine(None, demanded)
    return ScoreLine(100 * sum(e.points for e in graded) / sum(e.objective.weight for e in graded), demanded)


def _manual(demand: ManualDemand, answers: Sequence[ManualAnswer], about: tuple[str, str], at: datetime) -> ManualLine:
    counting = answers_that_count(demand, answers, *about, at)
    return ManualLine(
        check=demand.check,
        question=demand.question,
        groups=demand.groups,
        about=demand.about,
        answers=tuple(
            AnswerLine(a.person, a.group, a.answer, a.signed_on, end, end - at <= _SOON) for a, end in counting
        ),
    )


def _override(rules: OverrideRules, verdict: Verdict) -> OverrideTerms:
    return OverrideTerms(dict(rules.groups), rules.checks, rules.valid_for_hours, rules.beyond(verdict.reasons))
