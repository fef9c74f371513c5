"""The SQL of the template store: databases made, copied, sealed, described and dropped."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from odoo_gate.errors import TemplateError
from odoo_gate.stack.addresses import PostgresAddress

_ENTERPRISE = ("database.enterprise%", "database.expiration%", "database.already_linked%")
_PRUNE = "free disk space, for example with `odoo-gate templates prune`, and run again"
_WHOLE = "datconnlimit <> -2"  # PostgreSQL's own mark of a database whose drop began: nothing but a drop works on it
_DROPS = 1  # of advisory locks with two numbers; those of `lock` have one, which PostgreSQL keeps apart
_GONE = "look at logs/store-postgres.log in the run folder, and whether Docker still runs; then run again"


@contextmanager
def database_errors(doing: str) -> Iterator[None]:
    """Turn what PostgreSQL raises inside into a TemplateError that says what was being done."""
    try:
        yield
    except psycopg.errors.DiskFull as error:
        raise TemplateError(f"{doing}: the disk is full ({error})", hint=_PRUNE) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise TemplateError(f"{doing}: the template store's PostgreSQL failed: {error}", hint=_GONE) from error
    except psycopg.Error as error:
        raise TemplateError(f"{doing}: {error}", hint=_GONE) from error


class Databases:
    """The databases of the store's server. Every method raises psycopg's errors: see `database_errors`."""

    def __init__(self, address: PostgresAddress) -> None:
        self._address = address

    @contextmanager
    def connection(self, database: str = "postgres") -> Iterator[psycopg.Connection]:
        """A connection that commits every statement, closed with the block."""
        with psycopg.connect(self._address.dsn(database), autocommit=True) as connection:
            yield connection

    def exists(self, name: str) -> bool:
        """Whether it is there and whole."""
        with self.connection() as connection:
            found = connection.execute(f"SELECT 1 FROM pg_database WHERE datname = %s AND {_WHOLE}".encode(), [name])
            return found.fetchone() is not None

    def half_dropped(self) -> list[str]:
        """Every database somebody is dropping right now, or was when he was killed."""
        with self.connection() as connection:
            rows = connection.execute(f"SELECT datname FROM pg_database WHERE NOT {_WHOLE} ORDER BY 1".encode())
            return [name for (name,) in rows]

    def names(self) -> list[str]:
        """Every database but PostgreSQL's own, whole or not."""
        with self.connection() as connection:
            rows = connection.execute(
                "SELECT datname FROM pg_database WHERE datname !~ '^(postgres|template[01])$' ORDER BY 1"
            )
            return [name for (name,) in rows]

    def create_empty(self, name: str, extensions: tuple[str, ...]) -> None:
        """As Odoo creates one: from template0, collation C; then the extensions, as its manual says."""
        with self.connection() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'").format(
                    sql.Identifier(name)
                )
            )
        with self.connection(name) as connection:
            for extension in extensions:
                connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
            if "unaccent" in extensions:
                # Odoo builds indexes on it, which PostgreSQL allows for immutable functions only
                connection.execute("ALTER FUNCTION unaccent(text) IMMUTABLE")

    def copy(self, source: str, target: str) -> None:
        """Copy a database nobody is connected to, by copying its files.

        Before PostgreSQL 15 there was no other way; the default since then writes every page twice.
        """
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(target), sql.Identifier(source))
        with self.connection() as connection:
            if connection.info.server_version >= 150000:
                copy += sql.SQL(" STRATEGY FILE_COPY")
            connection.execute(copy)

    def analyse(self, name: str) -> None:
        """Gather the planner's statistics: autovacuum, which would, is off in the store."""
        with self.connection(name) as connection:
            connection.execute("ANALYZE")

    def new_identity(self, name: str) -> None:
        """What Odoo itself renews when it duplicates a database; and no copy speaks for a subscription."""
        with self.connection(name) as connection:
            for key in ("database.uuid", "database.secret"):
                connection.execute("UPDATE ir_config_parameter SET value = %s WHERE key = %s", [str(uuid.uuid4()), key])
            connection.execute("DELETE FROM ir_config_parameter WHERE key LIKE ANY (%s)", [list(_ENTERPRISE)])

    def set_base_url(self, name: str, url: str) -> None:
        """The address Odoo writes into links; frozen, or the first login of an administrator would change it.

        Only while nothing has the database's registry loaded: Odoo caches parameters.
        """
        with self.connection(name) as connection:
            for key, value in (("web.base.url", url), ("web.base.url.freeze", "True")):
                connection.execute("DELETE FROM ir_config_parameter WHERE key = %s", [key])
                connection.execute(
                    "INSERT INTO ir_config_parameter (key, value, create_uid, write_uid, create_date, write_date)"
                    " VALUES (%s, %s, 1, 1, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')",
                    [key, value],
                )

    def size(self, name: str) -> int:
        """Bytes on disk."""
        with self.connection() as connection:
            row = connection.execute("SELECT pg_database_size(%s)", [name]).fetchone()
            return int(row[0]) if row else 0

    def seal(self, name: str, sealed_name: str, description: str) -> None:
        """Let nobody connect any more, describe it, and only then give it the name that says it is whole."""
        self.drop(sealed_name)  # what is left of one whose drop was cut off
        database = sql.Identifier(name)
        with self.connection() as connection:
            connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(database))
            self._disconnect(connection, name)
            connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(database))
            self._describe(connection, name, description)
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(database, sql.Identifier(sealed_name)))

    def describe(self, name: str, description: str) -> None:
        with self.connection() as connection:
            self._describe(connection, name, description)

    def description(self, name: str) -> str | None:
        """What `seal` or `describe` wrote; None when there is no such database."""
        with self.connection() as connection:
            row = connection.execute(
                "SELECT coalesce(shobj_description(oid, 'pg_database'), '')"
                f" FROM pg_database WHERE datname = %s AND {_WHOLE}".encode(),
                [name],
            ).fetchone()
            return str(row[0]) if row else None

    def descriptions(self, prefix: str) -> dict[str, str]:
        """The description of every database whose name starts with `prefix`."""
        with self.connection() as connection:
            rows = connection.execute(
                "SELECT datname, coalesce(shobj_description(oid, 'pg_database'), '')"
                f" FROM pg_database WHERE starts_with(datname, %s) AND {_WHOLE}".encode(),
                [prefix],
            )
            return dict(rows)

    def drop(self, name: str) -> None:
        """Drop it whoever is connected, sealed or not, whole or not; no error when it is not there.

        Several may want the same one gone, and PostgreSQL ends a session that alters what another is dropping.
        """
        database = sql.Identifier(name)
        with self.connection() as connection:
            connection.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [_DROPS, name])
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", [name])
            if found.fetchone():
                connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(database))
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))

    @contextmanager
    def lock(self, number: int, *, shared: bool = False) -> Iterator[bool]:
        """Hold an advisory lock over the block; yields whether somebody else had to be waited for."""
        suffix = "_shared" if shared else ""
        with self.connection() as connection:
            row = connection.execute(f"SELECT pg_try_advisory_lock{suffix}(%s)".encode(), [number]).fetchone()
            waited = not (row and row[0])
            if waited:
                connection.execute(f"SELECT pg_advisory_lock{suffix}(%s)".encode(), [number])
            yield waited

    @contextmanager
    def lock_if_free(self, number: int) -> Iterator[bool]:
        """Hold an advisory lock over the block if nobody has it; yields whether that worked."""
        with self.connection() as connection:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", [number]).fetchone()
            yield bool(row and row[0])

    @staticmethod
    def _describe(connection: psycopg.Connection, name: str, description: str) -> None:
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(description))
        )

    @staticmethod
    def _disconnect(connection: psycopg.Connection, name: str) -> None:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
