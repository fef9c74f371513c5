"""What a database holds, as one digest a table: two generations of the same data have the same ones."""

from __future__ import annotations

from psycopg import Connection, sql

_TABLES = """
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY 1
"""


def table_digests(connection: Connection) -> dict[str, tuple[int, str]]:
    """(rows, digest of all their columns, whatever the order of rows) by table. Raises psycopg.Error."""
    digests = {}
    for (table,) in connection.execute(_TABLES).fetchall():
        row = connection.execute(
            sql.SQL(
                "SELECT count(*), coalesce(md5(string_agg(digest, '' ORDER BY digest)), '')"
                " FROM (SELECT md5(t::text) AS digest FROM {} t) each"
            ).format(sql.Identifier(table))
        ).fetchone()
        assert row is not None  # an aggregate always has one
        digests[str(table)] = (int(row[0]), str(row[1]))
    return digests
