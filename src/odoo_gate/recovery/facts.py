"""Reads from an open transaction what a backup must hold: identity, modules, rows of every table, attachments."""

from __future__ import annotations

import psycopg
from psycopg import sql

from odoo_gate.recovery.manifest import DatabaseFacts

_TABLES = """
SELECT relname FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relpersistence = 'p' ORDER BY relname
"""
_ATTACHMENTS = """
SELECT store_fname, max(file_size), max(checksum) FROM ir_attachment
 WHERE store_fname IS NOT NULL GROUP BY store_fname
"""
_TABLES_AT_ONCE = 100


def read_facts(connection: psycopg.Connection, database: str) -> DatabaseFacts:
    """Everything is read in the transaction `connection` has open: at REPEATABLE READ it is one moment.

    Raises psycopg.Error; UndefinedTable when `database` is not one of Odoo's.
    """
    modules: dict[str, str] = dict(
        connection.execute(
            "SELECT name, coalesce(latest_version, '') FROM ir_module_module WHERE state = 'installed'"
        ).fetchall()
    )
    uuid = connection.execute("SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'").fetchone()
    return DatabaseFacts(
        database=database,
        uuid=str(uuid[0]) if uuid else "",
        series=".".join(modules.get("base", "").split(".")[:2]),
        modules=modules,
        tables=count_rows(connection),
        attachments={
            name: (int(size or 0), str(digest or "")) for name, size, digest in connection.execute(_ATTACHMENTS)
        },
    )


def count_rows(connection: psycopg.Connection) -> dict[str, int]:
    """Rows by table: counted, not estimated."""
    names = [name for (name,) in connection.execute(_TABLES)]
    counts: dict[str, int] = {}
    for start in range(0, len(names), _TABLES_AT_ONCE):
        chosen = names[start : start + _TABLES_AT_ONCE]
        each = (sql.SQL("SELECT {}, count(*) FROM {}").format(sql.Literal(n), sql.Identifier(n)) for n in chosen)
        counts |= dict(connection.execute(sql.SQL(" UNION ALL ").join(each)).fetchall())
    return counts
