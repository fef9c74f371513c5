"""Recovery to a chosen moment: a base backup, the WAL that follows it, and a server that replays it up to there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from odoo_gate.errors import StackError
from odoo_gate.model import Finding, Say, silent
from odoo_gate.recovery.encryption import BackupError
from odoo_gate.recovery.manifest import Backup, Manifest, write_backup
from odoo_gate.recovery.streams import fetched, new_part, read_part, send
from odoo_gate.recovery.writes import Write, refs_there
from odoo_gate.stack.addresses import POSTGRES_PORT
from odoo_gate.stack.client import engine_errors
from odoo_gate.stack.postgres import DATA_MOUNT, Postgres, accepts_connections

_WORK = "/var/tmp/odoo-gate-wal"
_BASE = f"{_WORK}/base"
_ARCHIVE = f"{_WORK}/wal"
_PID = f"{_WORK}/receiver.pid"
_LOG = f"{_WORK}/receiver.log"
_SLOT = "odoo_gate_archive"
_ARCHIVED_WITHIN = 60.0
_RECOVERED_WITHIN = 300.0
_POLL = 0.1
_APART = 0.3
"""Seconds between a write and the moment recovered to: the server's clock decides, and commits are not instant."""


@dataclass(frozen=True, slots=True)
class PointInTime:
    """What a recovery to `target` (UTC) left of the writes on either side, and the seconds it took."""

    target: datetime
    backup: Backup
    kept: bool
    undone: bool
    seconds: float


def rehearse_point_in_time(
    production: Postgres,
    spare: Callable[[], Postgres],
    database: str,
    folder: Path,
    write: Callable[[str], Write],
    *,
    key: bytes | None = None,
    say: Say = silent,
) -> PointInTime:
    """Take a base backup of `production` while its WAL is archived, write, and recover to between two writes.

    `spare` starts the server that is recovered onto; `write(name)` commits something through Odoo. Raises BackupError
    when the backup does not verify or the moment cannot be reached, StackError when the machine is to blame.
    """
    with wal_archived(production) as archive:
        taken = datetime.now(UTC)
        say("taking a base backup of the cluster, its WAL archived meanwhile")
        started = time.monotonic()
        base_backup(production)
        seconds = time.monotonic() - started
        before = write("pit-before")
        time.sleep(_APART)
        target = _clock(production, database)
        time.sleep(_APART)
        after = write("pit-after")
        archive.complete(database)
        backup = store_cluster(production, folder, taken, seconds, key)
    started = time.monotonic()
    say(f"recovering to {target.isoformat(timespec='milliseconds')}")
    recovered = recover(backup, spare(), production, target, key=key)
    seconds = time.monotonic() - started
    try:
        with psycopg.connect(recovered.dsn(database)) as connection:
            there = refs_there(connection, (before.ref, after.ref))
    finally:
        with engine_errors("stopping the recovered server"):
            recovered.container.docker.kill()
    return PointInTime(target, backup, before.ref in there, after.ref not in there, seconds)


def point_in_time_findings(result: PointInTime) -> Iterator[Finding]:
    """`recovery.point-in-time`."""
    at = result.target.isoformat(timespec="milliseconds")
    if not result.kept:
        message = f"a write committed before {at} is gone after recovery to that moment"
        yield Finding("write-lost", message, remedy="look whether all WAL since the base backup is archived")
    if not result.undone:
        message = f"a write committed after {at} is there after recovery to that moment"
        yield Finding("write-not-undone", message, remedy="look at recovery_target_time in the recovered server's log")


def base_backup(postgres: Postgres) -> None:
    """pg_basebackup into the server's container, proven by pg_verifybackup. Raises BackupError, StackError."""
    _run(postgres, "pg_basebackup", "--pgdata", _BASE, "--checkpoint=fast", "--wal-method=stream", "--no-password")
    try:
        _run(postgres, "pg_verifybackup", "--quiet", _BASE)
    except StackError as error:
        raise BackupError(
            "base-backup-damaged", f"pg_verifybackup: {error.message}", hint="look at the disk of the database server"
        ) from error


@dataclass(frozen=True)
class WalArchive:
    """The WAL of a server as it is archived, through a replication slot, so that no segment is recycled before."""

    postgres: Postgres

    def complete(self, database: str) -> None:
        """End the current segment and wait until it is archived whole. Raises StackError."""
        with psycopg.connect(self.postgres.dsn(database), autocommit=True) as connection:
            connection.execute("SELECT pg_create_restore_point('odoo-gate')")  # an empty segment would not be switched
            row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert row is not None
        deadline = time.monotonic() + _ARCHIVED_WITHIN
        while str(row[0]) not in _run(self.postgres, "ls", "-1", _ARCHIVE).split():
            if time.monotonic() > deadline:
                raise StackError(
                    f"WAL segment {row[0]} was not archived within {_ARCHIVED_WITHIN:g} s: "
                    f"{_run(self.postgres, 'cat', _LOG).strip()}",
                    hint="look at free space of the database server",
                )
            time.sleep(_POLL)


@contextmanager
def wal_archived(postgres: Postgres) -> Iterator[WalArchive]:
    """Archive the server's WAL while the block lasts, as production does all the time."""
    _run(postgres, "install", "-d", "-m", "700", _WORK, _ARCHIVE)
    receive = f"pg_receivewal -D {_ARCHIVE} --slot={_SLOT} --no-password"
    _run(postgres, *receive.split(), "--create-slot", "--if-not-exists")
    start = f"echo $$ > {_PID}; exec {receive} > {_LOG} 2>&1"
    with engine_errors("starting pg_receivewal"):
        postgres.container.docker.exec_run(
            ["sh", "-c", start], detach=True, user="postgres", environment=_environment(postgres)
        )
    try:
        yield WalArchive(postgres)
    finally:
        _run(postgres, "sh", "-c", f"kill -INT $(cat {_PID}) && while kill -0 $(cat {_PID}); do sleep 0.1; done 2>&-")
        _run(postgres, *receive.split(), "--drop-slot")
        _run(postgres, "rm", "-rf", "--", _WORK)


def recover(
    backup: Backup, spare: Postgres, production: Postgres, target: datetime, *, key: bytes | None = None
) -> Postgres:
    """Replace the cluster of `spare` by the backup's and replay WAL up to `target`.

    Returns the server as it can be reached then: it has the roles and passwords of `production`.
    Raises BackupError when the WAL ends before `target`, StackError.
    """
    data = f"{DATA_MOUNT}/data"
    _run(spare, "install", "-d", "-m", "700", _WORK)
    for role in ("database", "wal"):
        part = backup.manifest.of_role(role)
        if part is None:
            raise BackupError("part-missing", f"the base backup has no part `{role}`", hint="take the backup again")
        send(spare.container, _WORK, read_part(backup, part, key))
    settings = (
        f"restore_command = 'cp {_ARCHIVE}/%f %p'\n"
        f"recovery_target_time = '{target.isoformat()}'\n"
        "recovery_target_action = 'promote'\n"
    )
    swap = (
        f"set -e; chown -R postgres:postgres {_WORK}; cat >> {_BASE}/postgresql.auto.conf <<'END'\n{settings}END\n"
        f"touch {_BASE}/recovery.signal; chown postgres:postgres {_BASE}/recovery.signal; "
        f"mv {data} {data}.initial; mv {_BASE} {data}"
    )
    spare.container.execute("sh", "-c", swap, user="root")
    with engine_errors("restarting the spare server"):
        spare.container.docker.kill()
        spare.container.docker.wait()
        spare.container.docker.start()
    host, port = spare.container.address(POSTGRES_PORT)
    address = replace(spare.address, host=host, port=port, password=production.address.password)
    recovered = replace(spare, address=address)
    _await_promotion(recovered, target)
    return recovered


def _await_promotion(recovered: Postgres, target: datetime) -> None:
    try:
        recovered.container.wait_until(
            lambda: accepts_connections(recovered.address) and not _in_recovery(recovered),
            what=f"recovering to {target.isoformat()}",
            timeout=_RECOVERED_WITHIN,
        )
    except StackError as error:
        if "recovery ended before configured recovery target" not in error.message:
            raise
        raise BackupError(
            "wal-missing",
            f"the archived WAL ends before {target.isoformat()}",
            hint="look whether WAL archiving runs and where its gaps are (pg_stat_archiver, pg_replication_slots)",
        ) from error


def _in_recovery(postgres: Postgres) -> bool:
    with psycopg.connect(postgres.dsn("postgres")) as connection:
        row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    return bool(row and row[0])


def store_cluster(postgres: Postgres, folder: Path, taken: datetime, seconds: float, key: bytes | None) -> Backup:
    """The base backup and the archived WAL, out of the server's container into `folder`. Raises StackError."""
    folder.mkdir(parents=True, exist_ok=True)
    with new_part(folder, "cluster.tar", "database", key) as cluster:
        for chunk in fetched(postgres.container, _BASE):
            cluster.sink.write(chunk)
    with new_part(folder, "wal.tar", "wal", key) as wal:
        for chunk in fetched(postgres.container, _ARCHIVE):
            wal.sink.write(chunk)
    with psycopg.connect(postgres.dsn("postgres")) as connection:
        version = str(connection.info.parameter_status("server_version"))
    parts = (cluster.finished(), wal.finished())
    return write_backup(folder, Manifest("base-backup", taken, seconds, version, parts, {}, None))


def _clock(postgres: Postgres, database: str) -> datetime:
    with psycopg.connect(postgres.dsn(database)) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment.astimezone(UTC)


def _environment(postgres: Postgres) -> dict[str, str]:
    return {"PGUSER": postgres.address.user, "PGPASSWORD": postgres.address.password, "LC_ALL": "C.UTF-8"}


def _run(postgres: Postgres, *argv: str) -> str:
    return postgres.container.execute(*argv, user="postgres", environment=_environment(postgres))
