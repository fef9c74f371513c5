"""Where a rehearsal takes place: a durable PostgreSQL with a copy of production in it, and its backup."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from odoo_gate.errors import TemplateError
from odoo_gate.invariants import ProjectInvariants
from odoo_gate.migration.state import State, take_state
from odoo_gate.model import Say
from odoo_gate.odoo.agent_client import Agent
from odoo_gate.odoo.databases import Databases, database_errors
from odoo_gate.odoo.store import Clone, Template
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.odoo.upgrade_plan import UpgradePlan
from odoo_gate.stack.odoo_command import OdooCommand
from odoo_gate.stack.odoo_server import OdooServer
from odoo_gate.stack.postgres import Postgres, Tuning

_BACKUP = "/tmp/before-the-upgrade.dump"
_POSTPONE = "UPDATE ir_cron SET nextcall = (now() AT TIME ZONE 'UTC') + interval '1 day'"


@dataclass(frozen=True)
class Backup:
    """A dump of the database and a copy of its files, as they are before an upgrade; `seconds` to make it."""

    path: str
    files: str
    seconds: float


class Stage:
    """A durable server with the rehearsed database; whatever is put there goes with the run."""

    def __init__(self, testbed: Testbed, baseline: Release, candidate: Release, template: Template, say: Say) -> None:
        """Copy `template` there. Raises StackError, TemplateError."""
        self.testbed, self.baseline, self.candidate = testbed, baseline, candidate
        self.template = template
        self.say = say
        self.original = testbed.store.clone(template, baseline.agent)
        say("copying the database to a durable PostgreSQL")
        self.postgres: Postgres = testbed.start_postgres(Tuning.DURABLE)
        testbed.load_database(self.original, self.postgres)
        self._databases = Databases(self.postgres.address)
        self._agents: dict[str, Agent] = {}
        with self.connection() as connection:
            # what a scheduled job does by chance must not be taken for the upgrade's doing
            connection.execute(_POSTPONE)
            connection.commit()

    @property
    def database(self) -> str:
        return self.original.database

    def connection(self, database: str = "") -> psycopg.Connection:
        """A connection to the rehearsed database, or another one on the stage."""
        try:
            return psycopg.connect(self.postgres.dsn(database or self.database))
        except psycopg.OperationalError as error:
            raise TemplateError(
                f"{database or self.database} cannot be reached: {error}",
                hint="read the log of PostgreSQL in the run folder",
            ) from error

    @contextmanager
    def as_before(self) -> Iterator[psycopg.Connection]:
        """A connection to what the store has of the database: as it was before any upgrade."""
        with psycopg.connect(self.testbed.postgres.dsn(self.original.database)) as connection:
            yield connection

    def state(self, release: Release, project: ProjectInvariants, database: str = "") -> State:
        """Measure a database of the stage, as `release` sees it. Raises InvariantsError, AgentError."""
        name = database or self.database
        return take_state(self.postgres.dsn(name), name, self._agent(release), project)

    def back_up(self) -> Backup:
        """Dump the database and keep its files. Raises StackError, AgentError."""
        started = time.monotonic()
        copy = self.testbed.store.new_database().database
        self.postgres.container.execute(
            "pg_dump", "-Fc", "-Z1", "-f", _BACKUP, self.database, environment=self._credentials
        )
        self.baseline.agent.files_copy(self.database, copy)
        return Backup(_BACKUP, copy, time.monotonic() - started)

    def restore(self, backup: Backup) -> Clone:
        """Put a backup into a new database of the stage. Raises StackError, TemplateError, AgentError."""
        clone = self.testbed.store.new_database()
        with database_errors(f"restoring into {clone.database}"):
            self._databases.create_empty(clone.database, self.testbed.settings.database.extensions)
        self.postgres.container.execute(
            *("pg_restore", "--jobs=2", "--exit-on-error", "-d", clone.database, backup.path),
            environment=self._credentials,
        )
        self.baseline.agent.files_copy(backup.files, clone.database)
        return clone

    def drop(self, clone: Clone) -> None:
        with database_errors(f"dropping {clone.database}"):
            self._databases.drop(clone.database)
        self.baseline.agent.files_drop(clone.database)

    def upgrade(self, plan: UpgradePlan, database: str = "") -> OdooCommand:
        """Start the upgrade, as production would. Raises StackError, SettingsError."""
        name = database or self.database
        self.say(f"upgrading: odoo {' '.join(plan.arguments)}")
        return self.testbed.start_command(self.candidate, name, plan.arguments, postgres=self.postgres.address)

    def serve(self, release: Release) -> OdooServer:
        """Start the server of `release` on the rehearsed database. Raises StackError, SettingsError."""
        return self.testbed.start_server(release, self.database, postgres=self.postgres.address)

    def stop(self, server: OdooServer) -> None:
        self.testbed.stop_server(server)

    def close(self) -> None:
        """Drop the copy in the store; the durable server goes with the run."""
        self.testbed.store.drop(self.original, self.baseline.agent)

    def _agent(self, release: Release) -> Agent:
        """The release's agent on the durable server, started when first asked for."""
        if release.name not in self._agents:
            self._agents[release.name] = self.testbed.start_agent(release, self.postgres.address)
        return self._agents[release.name]

    @property
    def _credentials(self) -> dict[str, str]:
        return {"PGUSER": self.postgres.address.user, "PGPASSWORD": self.postgres.address.password}
