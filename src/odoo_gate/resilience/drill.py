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
from odoo_gate.resilience.timeline import Timeline, recovered_at
from odoo_gate.traffic import Ledger, Sample, Traffic

_WARM = 4
"""Transactions that must be done before a fault strikes: what was never well cannot recover."""
_WARM_SECONDS = 45.0
_TAIL_SECONDS = 1.0
"""How long load goes on once work went on as before."""
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
    the moment it struck. `findings` is what the fault itself found wrong, above all that it had no effect.
    """

    what: str
    struck: float = field(default_factory=time.time)
    over: float = 0.0
    back: float = 0.0
    metrics: list[Metric] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def end(self) -> None:
        """The cause is gone: recovery counts from here."""
        self.over = self.back = time.time()


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to hurt a stage. `strike(stage)` does it on entering and undoes it on leaving, whatever happened.

    `way` is how people reach Odoo meanwhile. `prepare` comes before there is load, its own end after it.
    """

    drill: str
    strike: Callable[[Stage], AbstractContextManager[Hit]]
    way: str = CLIENT
    setting: Callable[[Stage], AbstractContextManager[None]] | None = None


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
        if not _becomes_warm(traffic):
            return (_no_traffic(fault, traffic.stop().samples),)
        say(f"{fault.drill}: striking")
        restarts = stage.odoo_restarts()
        with fault.strike(stage) as hit:
            say(f"{fault.drill}: {hit.what}")
        over = hit.over or hit.struck
        back = max(over, hit.back)
        _wait_for_recovery(traffic, over, back + patience)
        time.sleep(_TAIL_SECONDS)
        samples = traffic.stop().samples
        ended = time.time()
    wounds = _wounds(stage)
    hit.findings.extend(_ended_by_itself(stage.odoo_restarts() - restarts))
    say(f"{fault.drill}: reading back {len(samples)} transactions")
    return Drilled(
        drill=fault.drill,
        what=hit.what,
        timeline=Timeline(samples, hit.struck, over, back),
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


def _becomes_warm(traffic: Underway) -> bool:
    deadline = time.monotonic() + _WARM_SECONDS
    while sum(sample.is_acknowledged for sample in traffic.samples) < _WARM:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _wait_for_recovery(traffic: Underway, over: float, until: float) -> None:
    while time.time() < until:
        later = [sample for sample in traffic.samples if sample.started > over]
        if recovered_at(later) is not None:
            return
        time.sleep(_POLL_SECONDS)


def _wounds(stage: Stage) -> tuple[str, ...]:
    """What does not heal within a while: workers are replaced, and that takes its time."""
    deadline = time.monotonic() + _UNDO_SECONDS
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
    done = sum(sample.is_acknowledged for sample in samples)
    told = sorted({sample.error for sample in samples if sample.error})
    why = f"; the first error: {told[0]}" if told else ""
    return Finding(
        "no-traffic",
        f"{fault.drill}: only {done} of {len(samples)} transactions succeeded in {_WARM_SECONDS:g} s without any fault,"
        f" fewer than {_WARM}{why}",
        remedy="mend the profile that resilience.profile names, or raise resilience.arrivals_per_minute",
    )
