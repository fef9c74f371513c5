"""What the policy asks besides checks that pass: objectives, people's answers, approvals, who may override."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ObjectiveLine:
    """One objective: `wanted` and `tolerated` in words, `said` what was measured, `points` earned of its `weight`.

    `grade` is `pass`, `warn`, `fail` or `not measured`; one with `veto` blocks by itself when it fails.
    """

    name: str
    check: str
    wanted: str
    tolerated: str
    said: str
    grade: str
    points: float
    weight: int
    veto: bool


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """What all objectives earned of a hundred points, and how many are demanded; `points` None: no score."""

    points: float | None
    demanded: float


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """What a person said, and the moment from which it counts no more; `soon`: within a week."""

    person: str
    group: str
    answer: str
    signed: datetime
    until: datetime
    soon: bool


@dataclass(frozen=True, slots=True)
class ManualLine:
    """A question to people of `groups`, about the project or this very release, and the answers that count."""

    check: str
    question: str
    groups: tuple[str, ...]
    about: str
    answers: tuple[AnswerLine, ...]


@dataclass(frozen=True, slots=True)
class OverrideTerms:
    """Who may answer for a deployment without a GO, for how long; `beyond` are reasons that nobody may override."""

    groups: Mapping[str, int]
    checks: tuple[str, ...]
    hours: int
    beyond: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Everything of it. `approvals` maps a group to how many of it must say yes, each for `approval_hours`."""

    objectives: tuple[ObjectiveLine, ...] = ()
    score: ScoreLine | None = None
    manual: tuple[ManualLine, ...] = ()
    approvals: Mapping[str, int] = field(default_factory=dict)
    approval_hours: int = 0
    override: OverrideTerms | None = None

    @property
    def asked(self) -> Mapping[str, tuple[str, ...]]:
        """Which groups each manual check asks."""
        return {line.check: line.groups for line in self.manual}
