"""An invariant as a declaration: the questions it asks, in SQL, and what must be there to ask them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg

from odoo_gate.invariants.catalog import Catalog, ident
from odoo_gate.invariants.model import Kind

FLAWS = (Kind.HOLDS, Kind.NEVER_WORSE)
MOST_FLAWS = 5000
"""Rows of HOLDS and NEVER_WORSE that a snapshot keeps; their number it always knows."""

Row = tuple[Any, ...]
"""A key and one value, or a key and several: these get the name of their column."""


@dataclass(frozen=True, slots=True)
class Absent:
    """Why a question cannot be asked of a database."""

    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows, the names of their value columns, how many records were looked at, and how many rows there are in all
    when not all are given."""

    rows: Iterable[Row]
    columns: Sequence[str]
    examined: int
    total: int | None = None


@dataclass(frozen=True)
class Source:
    """Where a snapshot is taken from.

    `files`: store_fname → (bytes, sha1), None when the filestore is not at hand. `inside`: question → rows measured
    inside Odoo. `retention_accounts`: patterns of account codes.
    """

    connection: psycopg.Connection
    catalog: Catalog
    files: Mapping[str, tuple[int, str]] | None
    inside: Mapping[str, Sequence[Sequence[str]]]
    retention_accounts: tuple[str, ...]

    @cached_property
    def filled(self) -> Mapping[str, tuple[int, Mapping[str, int]]]:
        """Table → its rows, and how many of them have a value in each column: one scan a table."""
        found = {}
        for table, columns in sorted(self.catalog.tables.items()):
            names = sorted(columns)
            counts = ", ".join(f"count({ident(name)})" for name in names)
            total, *filled = self.fetch(f"SELECT count(*), {counts} FROM {ident(table)}")[0]
            found[table] = (total, dict(zip(names, filled, strict=True)))
        return found

    def fetch(self, sql: str) -> list[Row]:
        return self.connection.execute(sql.encode()).fetchall()

    def number(self, sql: str) -> int:
        """The single whole number that `sql` gives."""
        return int(self.fetch(sql)[0][0])


SqlOf = Callable[[Catalog], str | Absent]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to measure.

    `says` continues a finding about a key (`is not balanced: {value}`); of a comparison it names what was measured.
    `sql`, or a function of the catalog that makes it, yields rows of a key and one or more values; `ask` measures
    otherwise; `is_external` when what it asks (filestore, Odoo) may not be at hand. `needs` are tables and columns
    (`table.column`) without which it is absent. `examined` is what stands after FROM to count the records looked at;
    empty: the rows themselves. `table` and `rows`, SQL that yields (id, content), drill down. Without an `essential`
    question answered the invariant cannot pass. `is_minor(key, value)` says of a KEPT row whether a release may take
    it away, of a flaw that is new whether it only deserves a warning.
    """

    name: str
    kind: Kind
    says: str
    sql: str | SqlOf = ""
    ask: Callable[[Source], Answer | Absent] | None = None
    needs: tuple[str, ...] = ()
    examined: str = ""
    table: str = ""
    rows: str | SqlOf = ""
    remedy: str = ""
    is_external: bool = False
    essential: bool = False
    is_minor: Callable[[str, str], bool] | None = None


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold, by the questions that show it."""

    id: str
    title: str
    questions: tuple[Question, ...]


def measure(question: Question, source: Source) -> Answer | Absent:
    """Ask `question` of a database. Raises psycopg's errors."""
    missing = [name for name in question.needs if not source.catalog.has(name)]
    if missing:
        return Absent(f"the database has no {', '.join(missing)}")
    if question.ask is not None:
        return question.ask(source)
    sql = written(question.sql, source.catalog)
    if isinstance(sql, Absent):
        return sql
    examined = source.number(f"SELECT count(*) FROM {question.examined}") if question.examined else None
    if question.kind in FLAWS:
        return _worst(sql, source, examined)
    cursor = source.connection.execute(sql.encode())
    columns = [column.name for column in cursor.description or ()][1:]
    rows = cursor.fetchall()
    return Answer(rows, columns, len(rows) if examined is None else examined)


def _worst(sql: str, source: Source, examined: int | None) -> Answer:
    """The first flaws by key, and their number: a broken database may have a million."""
    statement = sql.strip().rstrip(";")
    rows = source.fetch(
        f"""SELECT q.*, count(*) OVER () FROM ({statement}) q(key)
             ORDER BY key::text COLLATE "C" LIMIT {MOST_FLAWS}"""
    )
    total = rows[0][-1] if rows else 0
    return Answer([row[:-1] for row in rows], [], total if examined is None else examined, total)


def written(sql: str | SqlOf, catalog: Catalog) -> str | Absent:
    """The statement for this database."""
    return sql if isinstance(sql, str) else sql(catalog)
