"""Indexes out of the way while many rows are added, and back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection, sql

_DROPPABLE = """
    SELECT i.relname, pg_get_indexdef(x.indexrelid)
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
     WHERE t.relname = %s AND t.relnamespace = current_schema()::regnamespace AND x.indisvalid
       AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid)
     ORDER BY 1
"""


@contextmanager
def without_indexes(connection: Connection, table: str, many: bool) -> Iterator[None]:
    """Drop the indexes of `table` that no constraint needs and make them anew at the end; a unique one proves itself.

    Does nothing unless there are `many` rows to add.
    """
    dropped = connection.execute(_DROPPABLE, [table]).fetchall() if many else []
    for name, _ in dropped:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    for _, definition in dropped:
        connection.execute(definition.encode())
