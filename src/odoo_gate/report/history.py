"""This run beside earlier ones of the same project and environment: what took longer, what changed, what is flaky."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from odoo_gate.model import CheckResult, Outcome, ReleaseSubject, Status

Key = tuple[str, str]
"""Check and target."""

_TESTS = "tests"
_MOVED = 0.10
"""A metric that is this share away from the median of the runs before it is worth a look."""

_NOISE = (
    (re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE), "0x…"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "uuid"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b", re.IGNORECASE), "hex"),
    (re.compile(r"\d+(?:[.,:]\d+)*"), "#"),
)


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """What is compared of one judged run. `took` is seconds from its first check to its judgement.

    `candidate` stays the same while addons and images do. `failures` holds the fingerprint of everything that failed or
    broke off, `families` the seconds of work of each family, `metrics` (value, unit) of all but single tests.
    """

    run: str
    judged: datetime
    took: float
    status: Status
    environment: str
    commit: str
    candidate: str
    outcomes: Mapping[Key, Outcome]
    failures: Mapping[Key, str]
    families: Mapping[str, float]
    metrics: Mapping[tuple[str, str, str], tuple[float, str]]

    @classmethod
    def of(
        cls,
        run: str,
        status: Status,
        subject: ReleaseSubject,
        results: Sequence[CheckResult],
        started: datetime,
        judged: datetime,
    ) -> JudgedRun:
        families: dict[str, float] = defaultdict(float)
        for result in results:
            families[result.family] += result.duration
        families.pop("run", None)
        return cls(
            run=run,
            judged=judged,
            took=(judged - started).total_seconds(),
            status=status,
            environment=subject.environment,
            commit=subject.commit,
            candidate=candidate_digest(subject),
            outcomes={(r.check, r.target): r.outcome for r in results},
            failures={
                (r.check, r.target): fingerprint(r) for r in results if r.outcome in (Outcome.FAILED, Outcome.ERRORED)
            },
            families=dict(families),
            metrics={
                (r.check, r.target, m.name): (m.value, m.unit)
                for r in results
                if r.family not in (_TESTS, "run")
                for m in r.metrics
            },
        )


@dataclass(frozen=True, slots=True)
class Flaky:
    """A check that passed and did not pass on one and the same candidate, and in which runs."""

    check: str
    target: str
    passed: tuple[str, ...]
    failed: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Trend:
    """A number over the runs that have it, oldest first; `usual` is the median of all but the last."""

    name: str
    target: str
    unit: str
    values: tuple[float, ...]
    usual: float

    @property
    def change(self) -> float:
        """How far the last value is from the usual one, as a share of it."""
        return (self.values[-1] - self.usual) / self.usual if self.usual else 0.0


def candidate_digest(subject: ReleaseSubject) -> str:
    """16 hex digits that are the same while addons and images are."""
    parts = [*(f"{name}={digest}" for name, digest in sorted(subject.addons.items()))]
    parts += sorted(f"{image.role}={image.digest}" for image in subject.images)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def fingerprint(result: CheckResult) -> str:
    """12 hex digits of how a check failed: the same when only numbers, addresses and ids in its reason differ."""
    text = result.reason.strip().partition("\n")[0]
    for pattern, instead in _NOISE:
        text = pattern.sub(instead, text)
    return hashlib.sha256("\0".join((result.check, result.target, text)).encode()).hexdigest()[:12]


def flaky(runs: Iterable[JudgedRun]) -> list[Flaky]:
    """What passed in one run and failed or broke off in another of the same candidate, worst first."""
    by_candidate: dict[str, list[JudgedRun]] = defaultdict(list)
    for run in runs:
        by_candidate[run.candidate].append(run)
    found = [each for group in by_candidate.values() if len(group) > 1 for each in _flaky_among(group)]
    return sorted(found, key=lambda each: (-len(each.failed), each.check, each.target))


def _flaky_among(runs: Sequence[JudgedRun]) -> Iterable[Flaky]:
    failed = {key: mark for run in runs for key, mark in run.failures.items() if not key[0].startswith("run.")}
    for key, mark in failed.items():
        passed = tuple(run.run for run in runs if run.outcomes.get(key) is Outcome.PASSED)
        if passed:
            yield Flaky(*key, passed, tuple(run.run for run in runs if key in run.failures), mark)


def seen_before(key: Key, mark: str, earlier: Iterable[JudgedRun]) -> tuple[str, ...]:
    """The earlier runs in which the same check failed in the same way."""
    return tuple(run.run for run in earlier if run.failures.get(key) == mark)


def duration_trends(runs: Sequence[JudgedRun]) -> list[Trend]:
    """The work of each family of the newest run, with the runs before it. `runs` are newest first."""
    newest = runs[0].families if runs else {}
    return [_trend(name, "", "s", [run.families[name] for run in runs if name in run.families]) for name in newest]


def moved_metrics(runs: Sequence[JudgedRun]) -> list[Trend]:
    """The metrics of the newest run that are away from what is usual, the farthest first. `runs` are newest first."""
    newest = runs[0].metrics if runs else {}
    trends = [
        _trend(f"{check} {name}", target, unit, [run.metrics[key][0] for run in runs if key in run.metrics])
        for key, (_, unit) in newest.items()
        for check, target, name in [key]
    ]
    moved = [trend for trend in trends if len(trend.values) > 1 and abs(trend.change) >= _MOVED]
    return sorted(moved, key=lambda trend: -abs(trend.change))


def _trend(name: str, target: str, unit: str, newest_first: Sequence[float]) -> Trend:
    values = tuple(reversed(newest_first))
    return Trend(name, target, unit, values, median(values[:-1]) if len(values) > 1 else values[-1])
