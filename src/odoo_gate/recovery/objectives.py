"""How long recovery may take and how much it may lose, and the verdict on what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from odoo_gate.model import Finding, Severity
from odoo_gate.recovery.writes import Write
from odoo_gate.settings import RecoverySettings

_HOUR = 3600.0

CLASSES: dict[str, tuple[float, float]] = {
    "production": (1 * _HOUR, 1 * _HOUR),
    "qa": (8 * _HOUR, 24 * _HOUR),
    "development": (24 * _HOUR, 168 * _HOUR),
}
"""(RTO, RPO) in seconds by environment, where gate.toml says nothing. An unknown environment counts as production."""


@dataclass(frozen=True, slots=True)
class Objectives:
    """RTO and RPO in seconds; `backup_every` is the schedule of production's backups, None when it is not told."""

    rto: float
    rpo: float
    backup_every: float | None = None


def objectives_of(settings: RecoverySettings, environment: str) -> Objectives:
    rto, rpo = CLASSES.get(environment, CLASSES["production"])
    return Objectives(
        rto=rto if settings.rto_seconds is None else settings.rto_seconds,
        rpo=rpo if settings.rpo_seconds is None else settings.rpo_seconds,
        backup_every=settings.backup_every_seconds,
    )


def rto_findings(objectives: Objectives, seconds: float) -> Iterator[Finding]:
    """`recovery.rto`."""
    if seconds > objectives.rto:
        message = (
            f"it took {seconds:,.0f} s until people could work again, more than the {objectives.rto:,.0f} s allowed"
        )
        remedy = "see which step took it (metrics), or set recovery.rto_seconds to what was agreed"
        yield Finding("rto-missed", message, remedy=remedy)


@dataclass(frozen=True, slots=True)
class Loss:
    """What a disaster cost. POSIX times of backup and disaster; `backup_seconds`: how long the backup took."""

    taken: float
    disaster: float
    backup_seconds: float
    writes: Sequence[Write]
    lost: Sequence[Write]

    @property
    def seconds(self) -> float:
        """How far back the data goes: from the oldest write that is gone to the disaster."""
        return self.disaster - min(write.sent for write in self.lost) if self.lost else 0.0

    @property
    def age(self) -> float:
        """How old the backup was when it was needed."""
        return self.disaster - self.taken


def rpo_findings(objectives: Objectives, loss: Loss) -> Iterator[Finding]:
    """`recovery.rpo`: what is gone is no older than allowed, and nothing is gone that was there when it was taken."""
    if not loss.writes:
        message = "nothing was written while the backup was taken: what a disaster loses was not measured"
        yield Finding("no-writes", message, remedy="look why the production server took no writes")
    early = [write for write in loss.lost if write.committed < loss.taken]
    if early:
        message = (
            f"{len(early)} writes were committed before the backup was taken and are not in it, first {early[0].ref}"
        )
        yield Finding("committed-write-lost", message, remedy="a backup must be of one snapshot: see recovery.backup")
    remedy = "take backups more often, archive WAL, or set recovery.rpo_seconds to what was agreed"
    if loss.age > objectives.rpo:
        message = (
            f"the backup was {loss.age:,.0f} s old when it was needed, older than the RPO of {objectives.rpo:,.0f} s"
        )
        yield Finding("backup-too-old", message, remedy=remedy)
    elif loss.seconds > objectives.rpo:
        message = f"{loss.seconds:,.0f} s of work are lost, more than the RPO of {objectives.rpo:,.0f} s"
        yield Finding("rpo-missed", message, remedy=remedy)
    yield from _schedule_findings(objectives, loss.backup_seconds, remedy)


def _schedule_findings(objectives: Objectives, backup_seconds: float, remedy: str) -> Iterator[Finding]:
    if objectives.backup_every is None:
        message = "gate.toml does not say how often production is backed up: the schedule was not judged"
        yield Finding("no-schedule", message, Severity.NOTE, remedy="set recovery.backup_every_seconds")
        return
    worst = objectives.backup_every + backup_seconds
    if worst > objectives.rpo:
        message = (
            f"a backup every {objectives.backup_every:,.0f} s that takes {backup_seconds:,.0f} s may lose "
            f"{worst:,.0f} s, more than the RPO of {objectives.rpo:,.0f} s"
        )
        yield Finding("schedule-misses-rpo", message, remedy=remedy)
