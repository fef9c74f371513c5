"""Objectives: thresholds on what checks measured, weighed against each other, some of them with a veto."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from odoo_gate.model import CheckResult, Finding, Metric, Outcome, Severity
from odoo_gate.policy.section import PolicySection

OBJECTIVES_CHECK = "run.objectives"


class Bound(PolicySection):
    """A side that a number must not leave: `at_most` or `at_least`, exactly one of them."""

    at_most: Annotated[float | None, Field(allow_inf_nan=False)] = None
    at_least: Annotated[float | None, Field(allow_inf_nan=False)] = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Bound:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("says exactly one of at_most and at_least")
        return self

    def holds(self, value: float) -> bool:
        if self.at_most is not None:
            return value <= self.at_most
        assert self.at_least is not None
        return value >= self.at_least

    def __str__(self) -> str:
        return f"at most {self.at_most:g}" if self.at_most is not None else f"at least {self.at_least:g}"


class Objective(PolicySection):
    """`[[environments.NAME.objectives]]`: what a metric of a check must be, and how much that matters.

    `check` and `metric` are exact, `target` is a pattern of the results asked: the worst of them counts. `pass` earns
    the whole `weight`, `warn` half of it. With `relative_to`, the metric is divided by that metric of the same result,
    such as the baseline's. One with `veto` fails the release by itself.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    check: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$")]
    metric: Annotated[str, Field(min_length=1)]
    target: Annotated[str, Field(min_length=1)] = "*"
    unit: str = ""
    relative_to: str = ""
    passes: Annotated[Bound, Field(alias="pass")]
    warns: Annotated[Bound | None, Field(alias="warn")] = None
    weight: Annotated[int, Field(ge=1, le=1000, strict=True)] = 1
    veto: bool = False

    @model_validator(mode="after")
    def _warns_beyond_pass(self) -> Objective:
        if self.warns is None:
            return self
        ends = (self.passes.at_most, self.warns.at_most), (self.passes.at_least, self.warns.at_least)
        (most, most_warn), (least, least_warn) = ends
        if most is not None and (most_warn is None or most_warn < most):
            raise ValueError(f"{self.name}: warn must be at_most, and not less than pass")
        if least is not None and (least_warn is None or least_warn > least):
            raise ValueError(f"{self.name}: warn must be at_least, and not more than pass")
        return self


class Score(PolicySection):
    """`[environments.NAME.score]`: how many of a hundred points all objectives together must earn."""

    at_least: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 90


class Grade(StrEnum):
    """How one objective came out. UNKNOWN: it was not measured, which is never a pass."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "not measured"


_POINTS = {Grade.PASS: 1.0, Grade.WARN: 0.5, Grade.FAIL: 0.0, Grade.UNKNOWN: 0.0}
_WORSE = (Grade.PASS, Grade.WARN, Grade.FAIL, Grade.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Graded:
    """One objective, its grade, and a sentence that says why."""

    objective: Objective
    grade: Grade
    said: str
    value: float | None = None

    @property
    def points(self) -> float:
        """What it earns of its weight."""
        return self.objective.weight * _POINTS[self.grade]


def objective_results(
    objectives: Sequence[Objective], score: Score, results: Iterable[CheckResult], at: datetime
) -> tuple[CheckResult, ...]:
    """`run.objectives`: the score of all objectives, and one result each. Nothing where the policy has none.

    A failed objective costs its points and fails the release by itself only with a veto; one that was not measured
    leaves the question open: errored.
    """
    if not objectives:
        return ()
    graded = grades(objectives, results)
    return (*(_result(each, at) for each in graded), _score(graded, score, at))


def grades(objectives: Sequence[Objective], results: Iterable[CheckResult]) -> tuple[Graded, ...]:
    """Each objective, held against what the checks measured."""
    known = list(results)
    return tuple(_grade(objective, known) for objective in objectives)


def _grade(objective: Objective, results: Sequence[CheckResult]) -> Graded:
    asked = [r for r in results if r.check == objective.check and fnmatchcase(r.target, objective.target)]
    if not asked:
        return Graded(objective, Grade.UNKNOWN, f"{objective.check} did not run")
    return max((_grade_one(objective, result) for result in asked), key=lambda each: _WORSE.index(each.grade))


def _grade_one(objective: Objective, result: CheckResult) -> Graded:
    of = f" of {result.target}" if result.target else ""
    try:
        value = _measured(objective, result)
    except ValueError as error:
        return Graded(objective, Grade.UNKNOWN, f"{error}{of}")
    unit = "times" if objective.relative_to else objective.unit
    against = f" {objective.relative_to}" if objective.relative_to else ""
    said = f"{objective.metric}{of} is {value:g} {unit}{against}".rstrip() + f", wanted {objective.passes}"
    if objective.passes.holds(value):
        return Graded(objective, Grade.PASS, said, value)
    if objective.warns is not None and objective.warns.holds(value):
        return Graded(objective, Grade.WARN, f"{said}, tolerated {objective.warns}", value)
    return Graded(objective, Grade.FAIL, said, value)


def _measured(objective: Objective, result: CheckResult) -> float:
    """The number that is judged. Raises ValueError with what is not there."""
    value = _metric(result, objective.metric, objective.unit)
    if not objective.relative_to:
        return value
    other = _metric(result, objective.relative_to, objective.unit)
    quotient = value / other if other else math.nan
    if not math.isfinite(quotient):
        raise ValueError(f"{objective.metric} cannot be divided by {objective.relative_to}, which is {other:g}")
    return quotient


def _metric(result: CheckResult, name: str, unit: str) -> float:
    found = [metric for metric in result.metrics if metric.name == name]
    if len(found) != 1:
        raise ValueError(f"{result.check} has {len(found)} metrics {name}")
    if unit and found[0].unit != unit:
        raise ValueError(f"{name} is measured in {found[0].unit}, not in {unit}")
    return found[0].value


def _result(graded: Graded, at: datetime) -> CheckResult:
    name, grade = graded.objective.name, graded.grade
    metrics = () if graded.value is None else (Metric("objective", graded.value, graded.objective.unit or "1"),)
    if grade is Grade.UNKNOWN:
        finding = Finding("not-measured", f"{name}: {graded.said}", remedy="let the check run and measure it")
        return CheckResult(OBJECTIVES_CHECK, name, Outcome.ERRORED, at, 0.0, graded.said, (finding,))
    if grade is Grade.FAIL and graded.objective.veto:
        finding = Finding("veto", f"{name}: {graded.said}", remedy="mend it: no other objective makes up for it")
        return CheckResult(OBJECTIVES_CHECK, name, Outcome.FAILED, at, 0.0, graded.said, (finding,), metrics)
    severity = Severity.NOTE if grade is Grade.PASS else Severity.WARNING
    finding = Finding(f"objective-{grade.value}", f"{name}: {graded.said}", severity)
    return CheckResult(OBJECTIVES_CHECK, name, Outcome.PASSED, at, 0.0, findings=(finding,), metrics=metrics)


def _score(graded: Sequence[Graded], score: Score, at: datetime) -> CheckResult:
    weights = sum(each.objective.weight for each in graded)
    points = 100 * sum(each.points for each in graded) / weights
    metric = Metric("score", round(points, 6), "1")
    unknown = [each.objective.name for each in graded if each.grade is Grade.UNKNOWN]
    if unknown:
        reason = f"no score: {', '.join(unknown)} not measured"
        return CheckResult(OBJECTIVES_CHECK, "", Outcome.ERRORED, at, 0.0, reason, metrics=(metric,))
    if points >= score.at_least:
        return CheckResult(OBJECTIVES_CHECK, "", Outcome.PASSED, at, 0.0, metrics=(metric,))
    lost = ", ".join(f"{each.objective.name} ({each.grade})" for each in graded if each.grade is not Grade.PASS)
    reason = f"{points:.1f} points of 100, and {score.at_least:g} are demanded; lost by {lost}"
    finding = Finding("score", reason, remedy="mend what costs most points: each objective says its own")
    return CheckResult(OBJECTIVES_CHECK, "", Outcome.FAILED, at, 0.0, reason, (finding,), (metric,))
