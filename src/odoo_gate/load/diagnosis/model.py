"""What was seen beside a drive, and what it says: frozen data between the samplers, the judgement and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from odoo_gate.model import Finding, Metric
from odoo_gate.picture import Picture

_SHORT = 0.9
_BUSY = 0.75
_WAITING = 0.5


class Resource(StrEnum):
    """What a site may run short of."""

    WORKERS = "workers"
    POSTGRES = "PostgreSQL waits"
    CPU = "CPU"
    REDIS = "Redis"
    GENERATOR = "generator"


@dataclass(frozen=True, slots=True)
class Moment:
    """One look at PostgreSQL. `at` is seconds since the epoch; `busy` are Odoo's sessions with a transaction open.

    `waits` counts backends that wait inside a statement by `type:event`; `blocked` those that wait for a lock.
    """

    at: float
    busy: int
    active: int
    waits: Mapping[str, int]
    blocked: int


@dataclass(frozen=True, slots=True)
class LockWait:
    """A statement that waited for another's lock: the longest wait seen, in seconds; texts are cut."""

    waiting: str
    holding: str
    seconds: float


@dataclass(frozen=True, slots=True)
class PlanScan:
    """A sequential scan in a plan: of `rows` rows in `table`, of which `kept` are expected to pass `condition`."""

    table: str
    rows: float
    kept: float
    condition: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatementCost:
    """What a statement cost while it was watched: `total` and `mean` in seconds. `plan` is empty when there is none."""

    text: str
    calls: int
    total: float
    mean: float
    plan: str = ""
    scans: tuple[PlanScan, ...] = ()


@dataclass(frozen=True, slots=True)
class TableScans:
    """Sequential scans of a table while it was watched: how many, and the rows they read."""

    table: str
    rows: float
    scans: int
    rows_read: int


@dataclass(frozen=True, slots=True)
class WorkerLife:
    """What Odoo's log tells of its workers. `http` are the process ids that served while it was watched."""

    http: frozenset[int]
    started: int
    recycled: tuple[str, ...]
    killed: tuple[str, ...]
    retries: int
    retries_exhausted: int


@dataclass(frozen=True, slots=True)
class Machine:
    """CPU in shares of all cores (0 to 1), memory of Odoo's container in bytes at begin, end and highest."""

    cores: int
    cpu: float
    cpu_peak: float
    odoo_cpu: float
    memory_begin: int
    memory_end: int
    memory_peak: int


@dataclass(frozen=True, slots=True)
class RedisUse:
    """Commands a second, the share of one core, the slowest PING in seconds, keys evicted, connections refused."""

    commands_per_second: float
    cpu: float
    slowest_ping: float
    evicted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Queues:
    """What waits: the deepest seen, by name (`cron`, `mail`, `queue-job`)."""

    deepest: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that one observation saw; None: not there to be seen."""

    seconds: float
    moments: tuple[Moment, ...]
    locks: tuple[LockWait, ...]
    statements: tuple[StatementCost, ...] | None
    tables: tuple[TableScans, ...]
    workers: WorkerLife
    machine: Machine
    redis: RedisUse | None
    queues: Queues


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Where the time went. `saturation`: the share of each resource in use (0 to 1); `notes`: what was not seen.

    Findings are warnings and notes: they explain, objectives judge.
    """

    facts: Facts
    saturation: Mapping[Resource, float]
    findings: tuple[Finding, ...]
    metrics: tuple[Metric, ...]
    pictures: Mapping[str, Picture]
    notes: tuple[str, ...] = field(default=())

    @property
    def limiting(self) -> Resource:
        """What the site was short of, or would be first: where CPU or PostgreSQL is short, workers are busy, too."""
        share = self.saturation
        if share.get(Resource.CPU, 0.0) >= _SHORT:
            return Resource.CPU
        if share.get(Resource.REDIS, 0.0) >= _SHORT:
            return Resource.REDIS
        if share.get(Resource.WORKERS, 0.0) >= _BUSY and share.get(Resource.POSTGRES, 0.0) >= _WAITING:
            return Resource.POSTGRES
        if share.get(Resource.WORKERS, 0.0) >= _BUSY:
            return Resource.WORKERS
        return max(share, key=lambda each: share[each])
