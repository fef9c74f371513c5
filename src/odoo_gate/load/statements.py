"""What PostgreSQL counts of statements: how much work goes through, and what a call runs again for each line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import psycopg

from odoo_gate.errors import StackError
from odoo_gate.load.growth import Pages, Statement
from odoo_gate.odoo.databases import database_errors

Result = TypeVar("Result")

_MAX_TEXT = 240
_MAX_HEAD = 60
_RESET = """
SELECT pg_stat_statements_reset(0::oid, oid, 0) FROM pg_database WHERE datname = current_database()"""
"""Of this database alone: beside it, the other release is counted on the same server."""
_COUNTS = """
SELECT query, sum(calls)::bigint, sum(shared_blks_hit + shared_blks_read)::bigint FROM pg_stat_statements
 WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY query"""
_FORGOTTEN = "SELECT dealloc FROM pg_stat_statements_info"
"""How often statements were dropped to make room, of any database."""


@dataclass(frozen=True, slots=True)
class _Count:
    calls: int
    pages: int


_NEVER = _Count(0, 0)


class Statements:
    """The statements of one database, whose server loads pg_stat_statements. `dsn` is a superuser's."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        with database_errors("counting statements"), psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def once_a_line(self, few: Callable[[], int], many: Callable[[], int]) -> Statement | None:
        """The statement whose number grew most from `few` to `many`, which work and return their number of lines.

        None when no statement ran more often. Raises TemplateError when PostgreSQL does not answer, StackError when it
        forgot some statements.
        """
        lines, before = self._counted(few)
        more_lines, after = self._counted(many)
        grown = {text: count.calls - before.get(text, _NEVER).calls for text, count in after.items()}
        text = max(grown, key=lambda each: (grown[each], each), default="")
        if not text or grown[text] <= 0 or more_lines <= lines:
            return None
        return Statement(_short(text), grown[text] / (more_lines - lines))

    def pages(self, work: Callable[[], object]) -> Pages:
        """The pages (8 KiB each) that all statements of `work` touched. Raises as `once_a_line` does."""
        _, counts = self._counted(work)
        heaviest = max(counts, key=lambda text: (counts[text].pages, text), default="")
        most = counts[heaviest].pages if heaviest else 0
        return Pages(sum(count.pages for count in counts.values()), _short(heaviest), most)

    def refresh(self) -> None:
        """Look through every table again for what the planner knows of it. Raises TemplateError."""
        with database_errors("refreshing statistics"), psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")

    def _counted(self, work: Callable[[], Result]) -> tuple[Result, Mapping[str, _Count]]:
        with database_errors("counting statements"), psycopg.connect(self._dsn, autocommit=True) as connection:
            forgotten = _forgotten(connection)
            connection.execute(_RESET)
            result = work()
            counts = {str(text): _Count(calls, pages) for text, calls, pages in connection.execute(_COUNTS)}
            if _forgotten(connection) != forgotten:
                raise StackError(
                    "PostgreSQL forgot statements while they were counted",
                    hint="its pg_stat_statements.max is too small for so many different statements at once",
                )
        return result, counts


def _forgotten(connection: psycopg.Connection) -> int:
    row = connection.execute(_FORGOTTEN).fetchone()
    assert row is not None
    return int(row[0])


def _short(text: str) -> str:
    """On one line; of what is selected no more than tells the statement."""
    line = " ".join(text.split())
    head, separator, tail = line.partition(" FROM ")
    if separator and len(head) > _MAX_HEAD:
        line = f"{head[:_MAX_HEAD]} ... FROM {tail}"
    return line[:_MAX_TEXT]
