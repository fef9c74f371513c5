"""PostgreSQL for a run, in one of two tunings, and what both share with the template store's own server."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import psycopg

from odoo_gate.errors import StackError
from odoo_gate.stack.addresses import POSTGRES_PORT, PostgresAddress
from odoo_gate.stack.client import engine_errors
from odoo_gate.stack.container import ContainerSpec, RunningContainer
from odoo_gate.stack.run import Run

USER = "odoo"
"""Odoo refuses to work as `postgres`; this role owns the cluster as in the official image's documentation."""

DATA_MOUNT = "/var/lib/odoo-gate-postgres"
"""Our own mount point: where PGDATA lies by default differs between PostgreSQL 17 and 18."""

_START_TIMEOUT = 90.0
_SHARED_MEMORY = "512m"
_MIB = 1 << 20


class PasswordRefused(StackError):
    """The server answers but does not know the password."""


class Tuning(StrEnum):
    """What a PostgreSQL server is for."""

    FAST = "fast"
    """Tests: nothing is waited for on disk. A crash of the host loses data, one of the server does not."""

    DURABLE = "durable"
    """Whatever measures or kills: every guarantee of a production server."""

    COUNTING = "counting"
    """What counts pages and statements of several databases: nothing of the server's own changes a plan meanwhile."""


def server_parameters(tuning: Tuning, memory: int) -> dict[str, str]:
    """postgresql.conf parameters for a machine with `memory` bytes."""
    shared = max(128, min(768, memory // (32 * _MIB)))
    common = {
        "max_connections": "200",
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{max(256, memory // (4 * _MIB))}MB",
        "work_mem": "8MB",
        "maintenance_work_mem": "128MB",
        "random_page_cost": "1.1",
        "log_min_messages": "warning",
        "log_line_prefix": "%m [%p] %d ",
    }
    return common | _PARAMETERS[tuning]


_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "1h",
    "max_wal_size": "2GB",
    "jit": "off",
    # Templates are analysed when they are sealed; workers of autovacuum would only compete with the tests.
    "autovacuum": "off",
    "bgwriter_lru_maxpages": "0",
}

_DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "checkpoint_timeout": "15min",
    "max_wal_size": "2GB",
    "checkpoint_completion_target": "0.9",
    "autovacuum": "on",
    "log_checkpoints": "on",
    "log_lock_waits": "on",
    "shared_preload_libraries": "pg_stat_statements",  # part of the server; counts what each statement costs
    "pg_stat_statements.max": "20000",
}

_COUNTING = _FAST | {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.max": "20000",  # of all databases: it forgets some when there are more
    "max_parallel_workers_per_gather": "0",  # they are shared by all databases: a plan gets as many as are left
}

_PARAMETERS = {Tuning.FAST: _FAST, Tuning.DURABLE: _DURABLE, Tuning.COUNTING: _COUNTING}


def server_command(parameters: Mapping[str, str]) -> tuple[str, ...]:
    """The container command that starts PostgreSQL with `parameters`."""
    return ("postgres", *(part for key, value in parameters.items() for part in ("-c", f"{key}={value}")))


def server_environment(tuning: Tuning, password: str) -> dict[str, str]:
    """The official image's variables; they matter only while the data directory is empty."""
    how = "--data-checksums" if tuning is Tuning.DURABLE else "--no-sync"
    return {
        "POSTGRES_USER": USER,
        "POSTGRES_PASSWORD": password,
        "POSTGRES_DB": "postgres",
        "POSTGRES_INITDB_ARGS": f"--encoding=UTF8 {how}",
        "PGDATA": f"{DATA_MOUNT}/data",
    }


SERVER_OPTIONS: Mapping[str, object] = {
    "shm_size": _SHARED_MEMORY,
    "stop_signal": "SIGINT",  # fast shutdown: sessions are ended, the data is left clean
}


def accepts_connections(address: PostgresAddress) -> bool:
    """Whether the server answers over TCP.

    The official entry point's temporary server, there for initialisation scripts, does not listen on it.
    Raises PasswordRefused when the server answers and refuses the password: waiting would not help.
    """
    try:
        psycopg.connect(address.dsn("postgres"), connect_timeout=2).close()
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise PasswordRefused(
                f"PostgreSQL at {address.host}:{address.port} refuses the password of {address.user}",
                hint="another server took the port; start again",
            ) from error
        return False
    return True


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL of one run."""

    address: PostgresAddress
    container: RunningContainer
    tuning: Tuning

    def dsn(self, database: str) -> str:
        """The libpq connection string of `database`, for use from this machine."""
        return self.address.dsn(database)


def start_postgres(
    run: Run, image: str, tuning: Tuning, volume: str | None = None, *, name: str = "postgres"
) -> Postgres:
    """Start PostgreSQL in `run` under the host name `name` and wait until it answers.

    `volume` names a Docker volume for the data; without it the data goes with the run. Raises StackError.
    """
    password = secrets.token_hex(24)  # no leading dash: the Odoo image's entry point gives it to argparse
    with engine_errors("asking for the engine's memory"):
        memory = int(run.client.info()["MemTotal"])
    container = run.start(
        ContainerSpec(
            name=name,
            image=image,
            command=server_command(server_parameters(tuning, memory)),
            environment=server_environment(tuning, password),
            ports=(POSTGRES_PORT,),
            volumes={volume: DATA_MOUNT} if volume else {},
            options=SERVER_OPTIONS,
        )
    )
    host, port = container.address(POSTGRES_PORT)
    address = PostgresAddress(host=host, port=port, user=USER, password=password, alias=name)
    container.wait_until(lambda: accepts_connections(address), what="accepting connections", timeout=_START_TIMEOUT)
    return Postgres(address, container, tuning)


def load_database(source: PostgresAddress, database: str, target: Postgres) -> None:
    """Copy `database` from a server of the run's network into the empty one of that name in `target`.

    Through a dump, because a durable server shall have written every page itself. Raises StackError.
    """
    dump = f"/tmp/{database}.dump"
    own = {"PGUSER": target.address.user, "PGPASSWORD": target.address.password}
    theirs = {"PGUSER": source.user, "PGPASSWORD": source.password, "PGHOST": source.alias}
    run_inside = target.container.execute
    run_inside("pg_dump", "-Fc", "-Z0", "-f", dump, database, environment=theirs)
    run_inside("pg_restore", "--jobs=2", "--exit-on-error", "-d", database, dump, environment=own)
    run_inside("rm", dump)
    run_inside("psql", "-d", database, "-qc", "ANALYZE", environment=own)
