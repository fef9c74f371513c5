"""The whole rehearsal: a production that takes writes, its backup, the disaster, and the way back to work."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import odoorpc
import psycopg

from odoo_gate.errors import StackError
from odoo_gate.invariants import Inside, ProjectInvariants, Snapshot, measure_inside, take_snapshot
from odoo_gate.model import Metric, Say, silent
from odoo_gate.odoo.rpc import login
from odoo_gate.odoo.store import Clone, Template
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.recovery.backup import Source, take_backup
from odoo_gate.recovery.filestore import Files, Filestores
from odoo_gate.recovery.journeys import Step, first_journey, run_journeys
from odoo_gate.recovery.manifest import Backup
from odoo_gate.recovery.objectives import Loss
from odoo_gate.recovery.point_in_time import PointInTime, rehearse_point_in_time
from odoo_gate.recovery.restore import Restored, Target, restore_backup
from odoo_gate.recovery.writes import MARK, Write, lost_writes, refs_there, write_once, writing
from odoo_gate.stack.client import engine_errors
from odoo_gate.stack.odoo_server import OdooServer
from odoo_gate.stack.postgres import Postgres, Tuning

_WRITES_BEFORE, _WRITES_AFTER = 2, 3
"""Business writes to wait for on either side of the backup."""


@dataclass(frozen=True)
class Production:
    """A stand-in for production: the baseline serving production-like data on a durable PostgreSQL."""

    release: Release
    source: Source
    server: OdooServer

    @property
    def database(self) -> str:
        return self.source.database

    def session(self) -> odoorpc.ODOO:
        return login(self.server)


@dataclass(frozen=True)
class Recovery:
    """A disaster and the way back; times in seconds, those of `parts` sum up to `rto`."""

    backup: Backup
    before: Snapshot
    after: Snapshot
    restored: Restored
    files: Files
    loss: Loss
    rto: float
    parts: Mapping[str, float]
    steps: tuple[Step, ...]
    source: Source = field(repr=False)
    """The restored database: in service from now on, its Odoo stopped."""


def stand_up(testbed: Testbed, release: Release, template: Template, say: Say = silent) -> Production:
    """Serve a copy of `template` as production does. Ends with the run. Raises StackError, TemplateError."""
    clone = testbed.store.clone(template, release.agent)
    postgres = testbed.start_postgres(Tuning.DURABLE)
    say(f"loading {clone.database} into a durable PostgreSQL")
    testbed.load_database(clone, postgres)
    source = Source(postgres, clone.database, Filestores(testbed.start_files()))
    server = testbed.start_server(release, clone.database, postgres=postgres.address)
    return Production(release, source, server)


def rehearse_recovery_to_a_moment(
    testbed: Testbed, production: Production, folder: Path, *, key: bytes | None = None, say: Say = silent
) -> PointInTime:
    """See `point_in_time.py`; production takes no harm. Raises BackupError, StackError."""
    session = production.session()
    return rehearse_point_in_time(
        production.source.postgres,
        lambda: testbed.start_postgres(Tuning.DURABLE),
        production.database,
        folder,
        lambda name: write_once(session, MARK + name),
        key=key,
        say=say,
    )


def rehearse_recovery(
    testbed: Testbed,
    production: Production,
    folder: Path,
    *,
    key: bytes | None = None,
    own: ProjectInvariants,
    say: Say = silent,
) -> Recovery:
    """Back production up while it takes writes, destroy it, restore it elsewhere and work there.

    Raises BackupError when the backup or what came out of it does not serve, StackError when the machine is to blame.
    """
    agent = production.release.agent
    inside = _measured_inside(testbed, production.release, production.source.postgres, production.database, say)
    seen: list[Snapshot] = []

    def observe(connection: psycopg.Connection) -> None:
        files = agent.files_checksums(production.database)
        seen.append(_snapshot(connection, files, own, inside))

    with writing(production.session, "backup") as writer:
        writer.await_writes(_WRITES_BEFORE)
        backup = take_backup(
            production.source,
            folder,
            testbed.settings.recovery.method,
            key=key,
            observe=observe,
            say=say,
        )
        writer.await_writes(_WRITES_AFTER)
        writes = writer.end()
    before = seen[0]
    clock = _Clock(time.time(), time.monotonic())
    _destroy(production, say)
    postgres = testbed.start_postgres(Tuning.DURABLE)
    clock.lap("postgres_start")
    clone: Clone = testbed.store.new_database()
    target = Target(postgres, clone.database, production.source.filestores, testbed.settings.database.extensions)
    restored = restore_backup(backup, target, key=key, say=say)
    clock.lap("restore")
    files = agent.files_checksums(clone.database)  # before Odoo adds any
    clock.skip()
    with psycopg.connect(postgres.dsn(clone.database)) as untouched:
        # the database as restored, to be measured when people can work again: measuring is no part of the RTO
        untouched.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        there = refs_there(untouched, [write.ref for write in writes])
        server = testbed.start_server(production.release, clone.database, postgres=postgres.address)
        clock.lap("odoo_start")
        session, first = first_journey(server)
        clock.lap("first_journey")
        steps = (*first, *run_journeys(session))
        inside_after = _measured_inside(testbed, production.release, postgres, clone.database, say)
        after = _snapshot(untouched, files, own, inside_after)
    testbed.stop_server(server)
    return Recovery(
        backup=backup,
        before=before,
        after=after,
        restored=restored,
        files=files,
        loss=_loss(backup, clock.started, writes, there),
        rto=sum(clock.laps.values()),
        parts=clock.laps,
        steps=steps,
        source=Source(postgres, clone.database, production.source.filestores),
    )


def recovery_metrics(recovery: Recovery) -> tuple[Metric, ...]:
    """RTO and what it is made of."""
    parts = [Metric(f"{name}_seconds", seconds, "s") for name, seconds in recovery.parts.items()]
    return (
        Metric("rto_seconds", recovery.rto, "s"),
        *parts,
        Metric("restore_database_seconds", recovery.restored.database_seconds, "s"),
        Metric("restore_files_seconds", recovery.restored.files_seconds, "s"),
    )


def _measured_inside(testbed: Testbed, release: Release, postgres: Postgres, database: str, say: Say) -> Inside:
    """Views and the hash chain, which no draft of a journey touches. The project's own scripts are not asked: they
    may count what people enter while the rehearsal goes on."""
    return measure_inside(testbed.start_agent(release, postgres.address), database, (), say)


def _snapshot(connection: psycopg.Connection, files: Files, own: ProjectInvariants, inside: Inside) -> Snapshot:
    return take_snapshot(connection, files, own.customs, retention_accounts=own.retention_accounts, inside=inside)


def _loss(backup: Backup, disaster: float, writes: tuple[Write, ...], there: frozenset[str]) -> Loss:
    manifest = backup.manifest
    return Loss(
        taken=manifest.taken.timestamp(),
        disaster=disaster,
        backup_seconds=manifest.seconds,
        writes=writes,
        lost=lost_writes(writes, there),
    )


def _destroy(production: Production, say: Say) -> None:
    """Odoo, the database server and the filestore are gone at once, as with a lost machine."""
    say("disaster: Odoo, PostgreSQL and the filestore are gone")
    with engine_errors("killing production"):
        production.server.container.docker.kill()
        production.source.postgres.container.docker.kill()
    production.source.filestores.drop(production.database)
    if production.source.filestores.exists(production.database):
        raise StackError("the filestore outlived the disaster", hint="look at the files container's log")


@dataclass
class _Clock:
    """When the disaster came (POSIX), and the seconds of every step since."""

    started: float
    last: float
    laps: dict[str, float] = field(default_factory=dict)

    def skip(self) -> None:
        """What was done since the last lap is the rehearsal's own measuring."""
        self.last = time.monotonic()

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self.laps[name], self.last = now - self.last, now
