"""Manual evidence: what no machine can test, said by a named person for a while."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from odoo_gate.model import CheckResult, Finding, Outcome, Severity
from odoo_gate.policy.approvals import GroupName
from odoo_gate.policy.section import PolicySection, Said

ManualCheck = Annotated[str, StringConstraints(pattern=r"^manual\.[a-z0-9]+(-[a-z0-9]+)*$")]


class ManualDemand(PolicySection):
    """`[[environments.NAME.manual]]`: a question that somebody of `groups` must have answered, by a signed statement.

    It counts for `valid_for_days` from the day it was signed, or for less when the person said so. With
    `about = "release"` it must speak of these very addons' files; with `"project"` of the project.
    """

    check: ManualCheck
    question: Said
    groups: Annotated[tuple[GroupName, ...], Field(min_length=1)]
    valid_for_days: Annotated[int, Field(ge=1, le=366, strict=True)] = 30
    about: Literal["release", "project"] = "project"

    @property
    def valid_for(self) -> timedelta:
        return timedelta(days=self.valid_for_days)


@dataclass(frozen=True, slots=True)
class ManualAnswer:
    """A person's answer to a manual check, once its signature held. `addons` is the sha256 of the addons' listing."""

    check: str
    person: str
    group: str
    project: str
    addons: str
    signed_on: datetime
    expires_on: datetime
    answer: str


def manual_results(
    demands: Sequence[ManualDemand],
    answers: Iterable[ManualAnswer],
    refused: Sequence[str],
    project: str,
    addons: str,
    at: datetime,
) -> tuple[CheckResult, ...]:
    """One result a demanded question: passed when somebody who may has answered it, else errored: nobody knows.

    `refused` says of each statement that was not genuine why.
    """
    known = list(answers)
    return tuple(_result(demand, known, refused, project, addons, at) for demand in demands)


def manual_ends(
    demands: Sequence[ManualDemand], answers: Iterable[ManualAnswer], project: str, addons: str, at: datetime
) -> tuple[datetime, ...]:
    """When the answers that count stop to count: a GO that needs them does not outlive them."""
    known = list(answers)
    counted = [answers_that_count(demand, known, project, addons, at) for demand in demands]
    return tuple(max(end for _, end in ones) for ones in counted if ones)


def answers_that_count(
    demand: ManualDemand, answers: Iterable[ManualAnswer], project: str, addons: str, at: datetime
) -> tuple[tuple[ManualAnswer, datetime], ...]:
    """The answers to `demand` that count, each with the moment from which it counts no more."""
    return tuple(
        (answer, _end(demand, answer))
        for answer in answers
        if answer.check == demand.check and not _fault(demand, answer, project, addons, at)
    )


def _result(
    demand: ManualDemand,
    answers: Sequence[ManualAnswer],
    refused: Sequence[str],
    project: str,
    addons: str,
    at: datetime,
) -> CheckResult:
    counting = answers_that_count(demand, answers, project, addons, at)
    if counting:
        notes = tuple(
            Finding("answered", f"{a.person} ({a.group}), {a.signed_on:%Y-%m-%d}: {a.answer}", Severity.NOTE)
            for a, _ in counting
        )
        return CheckResult(demand.check, "", Outcome.PASSED, at, 0.0, findings=notes)
    others = [a for a in answers if a.check == demand.check]
    faults = [f"{a.person}: {fault}" for a in others if (fault := _fault(demand, a, project, addons, at))]
    apart = f"; not counted: {'; '.join([*faults, *refused])}" if faults or refused else ""
    reason = f"nobody of {', '.join(demand.groups)} has answered: {demand.question}{apart}"
    remedy = f"odoo-gate attest {demand.check} --as NAME --group {demand.groups[0]}"
    return CheckResult(
        demand.check, "", Outcome.ERRORED, at, 0.0, reason, (Finding("unanswered", reason, remedy=remedy),)
    )


def _end(demand: ManualDemand, answer: ManualAnswer) -> datetime:
    return min(answer.expires_on, answer.signed_on + demand.valid_for)


def _fault(demand: ManualDemand, answer: ManualAnswer, project: str, addons: str, at: datetime) -> str:
    if answer.group not in demand.groups:
        return f"answered for {answer.group}"
    if answer.project != project:
        return f"speaks of the project {answer.project}"
    if demand.about == "release" and answer.addons != addons:
        return "speaks of other files than these"
    if answer.signed_on > at:
        return "is dated in the future"
    if at >= _end(demand, answer):
        return f"expired on {_end(demand, answer):%Y-%m-%d %H:%M} UTC"
    return ""
