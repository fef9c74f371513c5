"""How much more work a release can take: arrivals are raised until an objective breaks, then the knee is narrowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.load.diagnosis import Diagnosis, Resource
from odoo_gate.load.objectives import findings_at_any_rate, objective_of, usual
from odoo_gate.load.peaks import Peak, drive_peak, plan_of
from odoo_gate.load.stand import Stand
from odoo_gate.model import Metric, Say, silent
from odoo_gate.picture import Line, Mark, Picture, Shape
from odoo_gate.settings.performance import LoadObjective, LoadSettings
from odoo_gate.traffic import NotApplicable, Plan, Profile, drive, percentile, seconds_at_peak

FACTORS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
"""Of the declared peak: how arrivals are raised."""
_NARROWED = 2
"""Further drives between the last rate that held and the first that broke."""
_SHARE = 0.95
_ATTEMPTS = 2
"""Drives of one rate, when something else kept the generator from its schedule."""


@dataclass(frozen=True, slots=True)
class Step:
    """One drive. `p95` is of all usual work, in seconds, `slowest` the kind of it that took longest.

    `broken` says which objectives were missed, in words.
    """

    per_minute: float
    done_per_minute: float
    transactions: int
    p95: float
    slowest: str
    late: bool
    generator_cpu: float
    broken: tuple[str, ...]
    diagnosis: Diagnosis

    @property
    def limiting(self) -> Resource:
        """What the site, or the generator, was short of. Of a late generator's drive nothing is known of the site."""
        return Resource.GENERATOR if self.late else self.diagnosis.limiting

    @property
    def holds(self) -> bool:
        return not self.broken


@dataclass(frozen=True, slots=True)
class Capacity:
    """The knee of one profile: every step by its rate, and what was found."""

    profile: str
    declared: float
    objective: LoadObjective
    steps: tuple[Step, ...]

    @property
    def knee(self) -> float | None:
        """The highest rate (arrivals a minute) below the first that broke; None when none held."""
        broken = self.broken
        held = [step.per_minute for step in self.steps if step.holds and (broken is None or step.per_minute < broken)]
        return max(held, default=None)

    @property
    def broken(self) -> float | None:
        """The lowest rate at which an objective broke; None when none did."""
        return min((step.per_minute for step in self.steps if not step.holds), default=None)

    @property
    def first_broken(self) -> Step | None:
        return next((step for step in self.steps if step.per_minute == self.broken), None)

    @property
    def limiting(self) -> Resource | None:
        """What was short where it broke; None when nothing broke."""
        return self.first_broken.limiting if self.first_broken else None

    @property
    def factor(self) -> float:
        """How many times the declared peak the knee is; 0 when nothing held."""
        return (self.knee or 0.0) / self.declared

    @property
    def headroom(self) -> float | None:
        """How much more than the declared peak the knee is: 0.5 is half as much again; below 0 the peak breaks."""
        return None if self.knee is None else self.factor - 1

    @property
    def holds_declared(self) -> bool:
        """Whether the declared peak itself held."""
        return self.knee is not None and self.knee >= self.declared


def find_capacity(stand: Stand, profile: Profile, settings: LoadSettings, folder: Path, say: Say = silent) -> Capacity:
    """Raise the arrivals of `profile` on `stand` from half its declared peak until its objective breaks.

    `folder` keeps the samples of each drive. Raises NotApplicable when the profile needs what is not installed, and
    StackError, UsageError, TemplateError as a drive does.
    """
    missing = profile.missing(stand.site.modules, stand.server.series)
    if missing:
        raise NotApplicable(f"the profile {profile.name} is not applicable: it {missing}")
    objective = objective_of(profile.name, settings.objectives)
    loaded = _Loaded(stand, profile, settings.capacity_step_seconds, objective, folder, say)
    loaded.warm_up()
    steps = climb(loaded.drive, profile.arrivals_per_minute, settings.capacity_max_factor)
    return Capacity(profile.name, profile.arrivals_per_minute, objective, steps)


def climb(drive: Callable[[float], Step], declared: float, max_factor: float) -> tuple[Step, ...]:
    """Every step driven on the way to the knee, by rate: upwards until one breaks, then into the gap below it."""
    steps: list[Step] = []
    for factor in FACTORS:
        if factor > max_factor:
            break
        steps.append(drive(declared * factor))
        if not steps[-1].holds:
            break
    for _ in range(_NARROWED):
        held = [step.per_minute for step in steps if step.holds]
        broken = [step.per_minute for step in steps if not step.holds]
        if not held or not broken:
            break
        steps.append(drive((max(rate for rate in held if rate < min(broken)) + min(broken)) / 2))
    return tuple(sorted(steps, key=lambda step: step.per_minute))


class _Loaded:
    """A site that is loaded at one rate after the other."""

    def __init__(
        self,
        stand: Stand,
        profile: Profile,
        step_seconds: float,
        objective: LoadObjective,
        folder: Path,
        say: Say,
    ) -> None:
        self._stand = stand
        self._profile = profile
        self._step_seconds = step_seconds
        self._objective = objective
        self._folder = folder
        self._say = say
        self._drives = 0

    def warm_up(self) -> None:
        """Fill the caches of every worker; what it cost does not count."""
        url = self._stand.lines.url(self._profile)
        drive(url, self._stand.site, self._plan(self._profile.arrivals_per_minute), self._folder / "warm-up", self._say)

    def drive(self, per_minute: float) -> Step:
        """One more step, watched; once more where the generator was late."""
        for _ in range(_ATTEMPTS):
            folder = self._folder / f"{self._drives:02d}-{per_minute:.0f}-a-minute"
            peak = drive_peak(self._stand, self._profile, self._plan(per_minute), folder, self._say)
            if not peak.traffic.is_late:
                break
        step = step_of(peak, per_minute, self._objective)
        told = ", ".join(step.broken or ["holds"])
        self._say(f"{per_minute:.0f} a minute: p95 {step.p95:.2f} s, slowest {step.slowest}; {told}")
        return step

    def _plan(self, per_minute: float) -> Plan:
        self._drives += 1
        return plan_of(self._profile, self._step_seconds, self._drives, per_minute=per_minute)


def step_of(peak: Peak, per_minute: float, objective: LoadObjective) -> Step:
    """What one drive, and what it left in the database, say of the objective."""
    kinds, traffic = usual(peak), peak.traffic
    slow = {name: percentile(seconds, _SHARE) for name, seconds in kinds.items()}
    together = [value for seconds in kinds.values() for value in seconds]
    done = sum(sample.is_acknowledged for sample in traffic.samples)
    return Step(
        per_minute=per_minute,
        done_per_minute=done * 60 / max(seconds_at_peak(peak.profile, traffic), 1e-3),
        transactions=len(traffic.samples),
        p95=percentile(together, _SHARE) if together else 0.0,
        slowest=max(slow, key=lambda name: slow[name], default=""),
        late=traffic.is_late,
        generator_cpu=traffic.generator_cpu,
        broken=tuple(_broken(peak, objective)),
        diagnosis=peak.diagnosis,
    )


def _broken(peak: Peak, objective: LoadObjective) -> Iterator[str]:
    if not usual(peak):
        yield f"{peak.profile.name}: nothing was acknowledged"
    yield from (finding.message for finding in findings_at_any_rate(peak, objective))
    if peak.traffic.is_late:
        yield f"the generator was late ({peak.traffic.lag_p99 * 1000:.0f} ms)"


def capacity_metrics(capacity: Capacity) -> tuple[Metric, ...]:
    """The knee in numbers, as far as there is one."""
    name = capacity.profile
    found = [Metric(f"{name}: declared peak", capacity.declared, "1/min")]
    if capacity.knee is not None and capacity.headroom is not None:
        found.append(Metric(f"{name}: knee", capacity.knee, "1/min"))
        found.append(Metric(f"{name}: headroom", capacity.headroom, "share"))
    return tuple(found)


def capacity_picture(capacity: Capacity) -> Picture:
    """p95 and throughput over arrivals, the declared peak and what held marked. Raises ValueError without steps."""
    marks = [Mark(capacity.declared, "declared peak")]
    if capacity.knee is not None:
        marks.append(Mark(capacity.knee, "knee" if capacity.broken else "held"))
    return Picture(
        Shape.LINES,
        f"Capacity of {capacity.profile}",
        in_words(capacity),
        "arrivals a minute",
        "p95 in seconds; transactions done a second",
        (
            Line("p95 (s)", tuple((step.per_minute, step.p95) for step in capacity.steps)),
            Line("done a second", tuple((step.per_minute, step.done_per_minute / 60) for step in capacity.steps)),
            Line("allowed (s)", tuple((step.per_minute, capacity.objective.p95_seconds) for step in capacity.steps)),
        ),
        tuple(marks),
    )


def in_words(capacity: Capacity) -> str:
    """The finding in one sentence."""
    knee, broken = capacity.knee, capacity.first_broken
    if knee is None:
        why = broken.broken[0] if broken else "nothing was driven"
        return f"{capacity.profile} breaks at the lowest rate that was tried: {why}"
    more = f"{knee:.0f} a minute, {capacity.factor:.1f} times the declared peak of {capacity.declared:.0f}"
    if broken is None:
        return f"{capacity.profile} holds at least {more}; it was not driven further"
    if capacity.limiting is Resource.GENERATOR:
        return f"{capacity.profile} holds at least {more}; then the generator itself could not keep up"
    return f"{capacity.profile} holds up to {more}; then {broken.broken[0]}: short of {capacity.limiting}"
