"""One drill from end to end: load, the fault, its undo, recovery, and what is in the database afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from odoo_gate.invariants import Snapshot
from odoo_gate.model import Finding, Metric, Say, Severity, silent
from odoo_gate.resilience.stage import CLIENT, Stage
from odoo_gate.resilience.timeline import STEADY, Timeline, recovered_at
from odoo_gate.traffic import Ledger, Sample, Traffic

_WARM = 4
"""Transactions that must be done before a fault strikes: what was never well cannot recover."""
_WARM_SECONDS = 90.0
_MEET_SECONDS = 30.0
"""How long a fault is held until it has met somebody at work."""
_TAIL = STEADY + 3
"""Transactions that begin once work went on as before, until load ends: errors that stay must have time to show."""
_TAIL_SECONDS = 15.0
_POLL_SECONDS = 0.2
_UNDO_SECONDS = 30.0


class Underway(Protocol):
    """Load that runs in the background, as `traffic.Driving`."""

    @property
    def samples(self) -> tuple[Sample, ...]:
        """What has ended so far, in that order."""

    def stop(self) -> Traffic:
        """No new arrivals; everything when what was under way has ended."""


@dataclass(frozen=True, slots=True)
class Work:
    """What people do during a drill.

    `begin(url, folder)` starts it in the background for the length of the block; `books(dsn, samples)` reads back what
    became of it.
    """

    begin: Callable[[str, Path], AbstractContextManager[Underway]]
    books: Callable[[str, Sequence[Sample]], Ledger]


@dataclass(slots=True)
class Hit:
    """A fault while it lasts, and what it tells of itself.

    `over` is when its cause was gone and `back` when what was hit served again, set by the fault where they are not
    the moment it struck. `logs_out`: everybody has to log in again. `findings` is what the fault itself found wrong,
    above all that it had no effect.
    """

    what: str
    struck: float = field(default_factory=time.time)
    over: float = 0.0
    back: float = 0.0
    logs_out: bool = False
    metrics: list[Metric] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def end(self) -> None:
        """The cause is gone: recovery counts from here."""
        self.over = self.back = time.time()


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to hurt a stage. `strike(stage)` does it on entering and undoes it on leaving, whatever happened.

    `way` is how people reach Odoo meanwhile. `setting` comes before there is load, its own end after it. `is_held`: the
    cause lasts until it is taken away, so it can wait for somebody to meet it; others are over when they have struck.
    """

    drill: str
    strike: Callable[[Stage], AbstractContextManager[Hit]]
    way: str = CLIENT
    setting: Callable[[Stage], AbstractContextManager[None]] | None = None
    is_held: bool = True


@dataclass(frozen=True, slots=True)
class Drilled:
    """What one drill left. `wounds`: what is not as it was before; `before` and `after`: what holds of the database."""

    drill: str
    what: str
    timeline: Timeline
    books: Ledger
    before: Snapshot
    after: Snapshot
    wounds: tuple[str, ...]
    metrics: tuple[Metric, ...]
    findings: tuple[Finding, ...]
    started: float
    ended: float


def run_drill(
    stage: Stage, fault: Fault, work: Work, before: Snapshot, folder: Path, *, patience: float, say: Say = silent
) -> Drilled | tuple[Finding, ...]:
    """Let people work, strike, undo, wait for recovery (`patience` seconds at most) and read back what happened.

    Gives findings instead where nobody worked: then nothing was drilled. Raises StackError, InvariantsError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _set(stage, fault), work.begin(stage.url(fault.way), folder) as traffic:
        started = time.time()
        if not _becomes_warm(traffic, lambda samples: work.books(stage.dsn, samples)):
            return (_no_traffic(fault, traffic.stop().samples),)
        say(f"{fault.drill}: striking")
        restarts = stage.odoo_restarts()
        with fault.strike(stage) as hit:
            say(f"{fault.drill}: {hit.what}")
            if fault.is_held:
                _await_somebody(traffic, hit.struck)
        over = hit.over or hit.struck
        back = max(over, hit.back)
        recovered = _await_recovery(traffic, over, back + patience)
        if recovered is not None:
            _await_tail(traffic, recovered)
        samples = traffic.stop().samples
        ended = time.time()
    wounds = _wounds(stage, _UNDO_SECONDS if recovered is not None else 0.0)
    hit.findings.extend(_ended_by_itself(stage.odoo_restarts() - restarts))
    say(f"{fault.drill}: reading back {len(samples)} transactions")
    return Drilled(
        drill=fault.drill,
        what=hit.what,
        timeline=Timeline(samples, hit.struck, over, back, logs_out=hit.logs_out),
        books=work.books(stage.dsn, samples),
        before=before,
        after=stage.snapshot(),
        wounds=wounds,
        metrics=tuple(hit.metrics),
        findings=tuple(hit.findings),
        started=started,
        ended=ended,
    )


@contextmanager
def _set(stage: Stage, fault: Fault) -> Iterator[None]:
    """What the fault needs to be there before and after, if anything."""
    if fault.setting is None:
        yield
        return
    with fault.setting(stage):
        yield


def _becomes_warm(traffic: Underway, books: Callable[[Sequence[Sample]], Ledger]) -> bool:
    """Whether enough work is done, and some of it is in the database: what nobody wrote cannot be lost."""
    deadline = time.monotonic() + _WARM_SECONDS
    while _acknowledged(traffic.samples) < _WARM or not books(traffic.samples).done:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _await_somebody(traffic: Underway, struck: float) -> None:
    """Until somebody was at work since the fault struck; the judgement says so where nobody was."""
    deadline = time.monotonic() + _MEET_SECONDS
    while time.monotonic() < deadline and not any(sample.ended > struck for sample in traffic.samples):
        time.sleep(_POLL_SECONDS)


def _await_recovery(traffic: Underway, over: float, until: float) -> float | None:
    """When work went on as before; None when it did not until then."""
    while True:
        recovered = recovered_at([sample for sample in traffic.samples if sample.started > over])
        if recovered is not None or time.time() > until:
            return recovered
        time.sleep(_POLL_SECONDS)


def _await_tail(traffic: Underway, recovered: float) -> None:
    deadline = time.monotonic() + _TAIL_SECONDS
    while time.monotonic() < deadline and sum(sample.started > recovered for sample in traffic.samples) < _TAIL:
        time.sleep(_POLL_SECONDS)


def _acknowledged(samples: Sequence[Sample]) -> int:
    return sum(sample.is_acknowledged for sample in samples)


def _wounds(stage: Stage, patience: float) -> tuple[str, ...]:
    """What does not heal within `patience` seconds: workers are replaced, and that takes its time."""
    deadline = time.monotonic() + patience
    while wounds := tuple(stage.wounds()):
        if time.monotonic() > deadline:
            break
        time.sleep(_POLL_SECONDS)
    return wounds


def _ended_by_itself(times: int) -> Iterator[Finding]:
    """Odoo may do so: its supervisor is a part of the answer, and production must have one."""
    if times > 0:
        yield Finding(
            "odoo-ended",
            f"Odoo ended by itself and was started again by its supervisor, {times} times",
            Severity.NOTE,
            remedy="have production's Odoo supervised, too: Restart=always of systemd, or the engine's restart policy",
        )


def _no_traffic(fault: Fault, samples: Sequence[Sample]) -> Finding:
    done = _acknowledged(samples)
    if done >= _WARM:
        message = (
            f"{done} of {len(samples)} transactions succeeded before the fault, and none left anything to be found"
        )
        remedy = "choose a profile that writes: resilience.profile, resilience.mix"
        return Finding("nothing-read-back", f"{fault.drill}: {message}", remedy=remedy)
    told = sorted({sample.error for sample in samples if sample.error})
    why = f"; the first error: {told[0]}" if told else ""
    return Finding(
        "no-traffic",
        f"{fault.drill}: only {done} of {len(samples)} transactions succeeded in {_WARM_SECONDS:g} s without any fault,"
        f" fewer than {_WARM}{why}",
        remedy="mend the profile that resilience.profile names, or raise resilience.arrivals_per_minute",
    )
