"""Searches a whole database, tables, statistics and files, for words that must not be in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from odoo_gate.data.inside.scan_files import contains, encodings, wanted_in
from odoo_gate.data.production.anonymise_plan import AnonymiseError
from odoo_gate.data.spec import INSIDE
from odoo_gate.errors import UsageError
from odoo_gate.model import Say
from odoo_gate.odoo.testbed import Release, Testbed

_SCRIPT = INSIDE / "scan_files.py"
_SHORTEST = 4
_SHOWN = 20
_TABLES = """
SELECT n.nspname, c.relname, a.attname, t.typname
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
 WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
 ORDER BY 1, 2, a.attnum
"""
_STATISTICS = """
SELECT place FROM (
  SELECT format('%s.%s', tablename, attname) AS place,
         concat(most_common_vals::text, histogram_bounds::text, most_common_elems::text) AS words
    FROM pg_stats) samples
 WHERE {}
"""
_QUOTED = re.compile(r'["\\]')


@dataclass(frozen=True, slots=True)
class Hit:
    """Where something was found: `res_partner.name`, `file ab/...`, and how often or how it was wrapped."""

    place: str
    how: str

    def __str__(self) -> str:
        return f"{self.place} ({self.how})"


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What was found, and how much was searched: a scan of nothing finds nothing."""

    hits: tuple[Hit, ...]
    tables: int
    columns: int
    files: int

    def __str__(self) -> str:
        return f"{len(self.hits)} hits in {self.tables} tables ({self.columns} columns) and {self.files} files"


def scan(testbed: Testbed, release: Release, database: str, needles: Sequence[str], say: Say) -> ScanResult:
    """Search everything of `database` for `needles`: in any case, in base64, in packed files.

    Raises UsageError for needles too short to mean anything, AnonymiseError when there was nothing to search.
    """
    wanted = list(dict.fromkeys(needles))
    if not wanted or any(len(each) < _SHORTEST for each in wanted):
        raise UsageError(
            f"a scan needs words of at least {_SHORTEST} characters", hint="name what must not be found, one by one"
        )
    if any(_QUOTED.search(each) for each in wanted):
        raise UsageError("a word with a quotation mark or backslash cannot be searched for", hint="leave that part out")
    say(f"searching {database} for {len(wanted)} words")
    with psycopg.connect(testbed.postgres.dsn(database)) as connection:
        hits, tables, columns = scan_tables(connection, wanted)
    found = release.agent.run_script(database, _SCRIPT, "scan_files", {"needles": wanted}, say=say).result
    hits.extend(Hit(f"file {path}", how) for path, how in found["hits"])
    return ScanResult(tuple(hits), tables, columns, int(found["files"]))


def require_clean(result: ScanResult) -> None:
    """Raises AnonymiseError naming every place where something was found."""
    if not result.hits:
        return
    named = [f"  {hit}" for hit in result.hits[:_SHOWN]]
    more = [f"  and {len(result.hits) - _SHOWN} more"] if len(result.hits) > _SHOWN else []
    raise AnonymiseError(
        "\n".join([f"what must not be found is in {len(result.hits)} places:", *named, *more]),
        hint="give those columns a rule in [anonymise.rules], or take them out of [anonymise.keep]",
    )


def scan_tables(connection: psycopg.Connection, needles: Sequence[str]) -> tuple[list[Hit], int, int]:
    """(hits, tables, columns searched) of every table that is not PostgreSQL's own, and of the statistics."""
    tables: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, column, kind in connection.execute(_TABLES):
        tables.setdefault((schema, table), []).append((column, kind))
    if not tables:
        raise AnonymiseError(
            f"{connection.info.dbname} has no tables: nothing was searched", hint="is it the right database?"
        )
    found = _condition(needles)
    hits: list[Hit] = []
    for (schema, table), columns in tables.items():
        name = sql.Identifier(schema, table)
        if _count(connection, name, sql.SQL("t::text"), found):
            hits.extend(_hits_of(connection, table, name, columns, found))
        hits.extend(_binary_hits(connection, table, name, columns, needles))
    quoted = connection.execute(sql.SQL(_STATISTICS).format(found))
    hits.extend(Hit(f"statistics of {place}", "quoted") for (place,) in quoted)
    return hits, len(tables), sum(len(columns) for columns in tables.values())


def _hits_of(
    connection: psycopg.Connection,
    table: str,
    name: sql.Identifier,
    columns: Sequence[tuple[str, str]],
    found: sql.Composable,
) -> list[Hit]:
    """One a column of a table in which there is something."""
    counted = []
    for column, _ in columns:
        count = _count(connection, name, sql.SQL("t.{}::text").format(sql.Identifier(column)), found)
        if count:
            counted.append(Hit(f"{table}.{column}", f"{count} rows"))
    return counted or [Hit(table, "in the row as a whole")]


def _count(connection: psycopg.Connection, name: sql.Identifier, text: sql.Composable, found: sql.Composable) -> int:
    """Rows in whose `text` something is found; the text is made once a row."""
    query = sql.SQL("SELECT count(*) FROM (SELECT {} AS words FROM {} t OFFSET 0) texts WHERE {}")
    row = connection.execute(query.format(text, name, found)).fetchone()
    return int(row[0]) if row else 0


def _condition(needles: Sequence[str]) -> sql.Composable:
    """On a column `words`: case folded here, because a regular expression that folds it is twice as slow."""
    plain = "|".join(re.escape(needle.lower()) for needle in needles)
    coded = "|".join(re.escape(text) for needle in needles for text in encodings(needle))
    found: sql.Composable = sql.SQL("lower(words) ~ {}").format(sql.Literal(plain))
    if coded:
        found = sql.SQL("({} OR words ~ {})").format(found, sql.Literal(coded))
    return found


def _binary_hits(
    connection: psycopg.Connection,
    table: str,
    name: sql.Identifier,
    columns: Sequence[tuple[str, str]],
    needles: Sequence[str],
) -> list[Hit]:
    """Binary columns are searched as files are: they may hold packed ones."""
    wanted = wanted_in(list(needles))
    hits = []
    for column in (column for column, kind in columns if kind == "bytea"):
        with connection.cursor(name="odoo_gate_scan") as cursor:
            cursor.itersize = 20
            cursor.execute(sql.SQL("SELECT {0} FROM {1} WHERE {0} IS NOT NULL").format(sql.Identifier(column), name))
            found = [how for (content,) in cursor if (how := contains(bytes(content), wanted))]
        if found:
            hits.append(Hit(f"{table}.{column}", f"{len(found)} rows, {found[0]}"))
    return hits
