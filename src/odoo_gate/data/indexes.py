"""Indexes out of the way while many rows are added, and back afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import Connection, sql

from odoo_gate.data.sessions import in_sessions

_DROPPABLE = """
    SELECT i.relname, pg_get_indexdef(x.indexrelid)
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
     WHERE t.relname = %s AND t.relnamespace = current_schema()::regnamespace AND x.indisvalid
       AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid)
     ORDER BY 1
"""


def drop_indexes(connection: Connection, table: str) -> list[str]:
    """Drop the indexes of `table` that no constraint needs; returns the statements that make them anew.

    A unique one proves itself when it is made.
    """
    dropped = connection.execute(_DROPPABLE, [table]).fetchall()
    for name, _ in dropped:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    return [definition for _, definition in dropped]


def make_indexes(dsn: str, definitions: Iterable[str]) -> None:
    """Make indexes that were dropped; those of the largest tables come first.

    Raises psycopg.Error when the rows of one are not unique.
    """
    in_sessions(dsn, definitions, lambda session, definition: session.execute(definition.encode()))
