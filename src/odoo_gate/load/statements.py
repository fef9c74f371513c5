"""What PostgreSQL counts of every statement: which one a call runs again for each line."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from odoo_gate.load.growth import Pages, Statement
from odoo_gate.odoo.databases import database_errors

_MAX_TEXT = 240
_MAX_HEAD = 60
_RESET = """
SELECT pg_stat_statements_reset(0::oid, oid, 0) FROM pg_database WHERE datname = current_database()"""
"""Of this database alone: beside it, the other release is counted on the same server."""
_SEEN = """
SELECT query, sum(calls) FROM pg_stat_statements
 WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY query"""
_PAGES = """
SELECT query, sum(shared_blks_hit + shared_blks_read) FROM pg_stat_statements
 WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY query"""


class Statements:
    """The statements of one database, whose server loads pg_stat_statements. `dsn` is a superuser's."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        with database_errors("counting statements"), psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def once_a_line(self, few: Callable[[], int], many: Callable[[], int]) -> Statement | None:
        """The statement whose number grew most from `few` to `many`, which work and return their number of lines.

        None when no statement ran more often. Raises TemplateError when PostgreSQL does not answer.
        """
        lines, before = self._counted(few)
        more_lines, after = self._counted(many)
        grown = {text: count - before.get(text, 0) for text, count in after.items()}
        text = max(grown, key=lambda each: (grown[each], each), default="")
        if not text or grown[text] <= 0 or more_lines <= lines:
            return None
        return Statement(_short(text), grown[text] / (more_lines - lines))

    def pages(self, work: Callable[[], object]) -> Pages:
        """The pages (8 KiB each) that all statements of `work` touched. Raises TemplateError."""
        with database_errors("counting pages"), psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(_RESET)
            work()
            rows = [(str(text), int(pages)) for text, pages in connection.execute(_PAGES).fetchall()]
        text, most = max(rows, key=lambda row: row[1], default=("", 0))
        return Pages(sum(pages for _, pages in rows), _short(text), most)

    def _counted(self, work: Callable[[], int]) -> tuple[int, dict[str, int]]:
        with database_errors("counting statements"), psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(_RESET)
            lines = work()
            return lines, {str(text): int(calls) for text, calls in connection.execute(_SEEN).fetchall()}


def _short(text: str) -> str:
    """On one line; of what is selected no more than tells the statement."""
    line = " ".join(text.split())
    head, separator, tail = line.partition(" FROM ")
    if separator and len(head) > _MAX_HEAD:
        line = f"{head[:_MAX_HEAD]} ... FROM {tail}"
    return line[:_MAX_TEXT]
