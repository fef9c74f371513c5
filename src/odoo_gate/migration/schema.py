"""The schema of a database as plain data: what PostgreSQL's catalogue says, and how much each column holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import psycopg
from psycopg import sql

_TABLES = """
SELECT c.relname::text, c.oid::int8, pg_relation_filenode(c.oid)::int8
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1
"""
_COLUMNS = """
SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       coalesce(pg_get_expr(d.adbin, d.adrelid), ''), a.attnum::int
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY c.relname, a.attnum
"""
_CONSTRAINTS = """
SELECT c.relname::text, k.conname::text, pg_get_constraintdef(k.oid),
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey))
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
 WHERE k.connamespace = 'public'::regnamespace AND k.contype <> 'n' AND c.relkind IN ('r', 'p')
"""
_INDEXES = """
SELECT c.relname::text, i.relname::text, pg_get_indexdef(i.oid) || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid)' END,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = x.indrelid AND a.attnum = ANY(x.indkey::int2[]))
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.conrelid = c.oid)
"""
_SEQUENCES = """
SELECT c.relname::text FROM pg_class c
 WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i'))
"""
_FIELDS = """
SELECT replace(model, '.', '_') || '.' || name FROM ir_model_fields
 WHERE store AND ttype NOT IN ('one2many', 'many2many')
"""


_WRITING = re.compile(r"::(character varying|[a-z]+)(\[\])?|[\s()]")
_NUMBER = re.compile(r"(?<==)\d{3,}")


@dataclass(frozen=True, slots=True)
class Column:
    """`number` stays the same when PostgreSQL renames the column; `filled` is how many rows are not NULL."""

    type: str
    not_null: bool
    default: str
    number: int
    filled: int


@dataclass(frozen=True, slots=True)
class Part:
    """A constraint or an index: its definition and the columns it is on."""

    definition: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`oid` stays the same when PostgreSQL renames the table, `file` unless it rewrites it."""

    oid: int
    file: int
    rows: int
    columns: Mapping[str, Column]
    constraints: Mapping[str, Part]
    indexes: Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables by name, sequences that belong to no column, and `table.column` of every field Odoo stores."""

    tables: Mapping[str, Table]
    sequences: tuple[str, ...]
    fields: frozenset[str]

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "fields": sorted(self.fields)}

    @property
    def rows(self) -> Mapping[str, int]:
        """Rows by table."""
        return {name: table.rows for name, table in self.tables.items()}


def take_schema(connection: psycopg.Connection) -> Schema:
    """Read the catalogue and count every column of the public schema."""
    columns: dict[str, dict[str, tuple[str, bool, str, int]]] = {}
    for table, name, *facts in connection.execute(_COLUMNS):
        columns.setdefault(table, {})[name] = (facts[0], facts[1], facts[2], facts[3])
    constraints, indexes = _parts(connection, _CONSTRAINTS), _parts(connection, _INDEXES)
    tables = {}
    for name, oid, file in connection.execute(_TABLES).fetchall():
        own = columns.get(name, {})
        rows, filled = _counts(connection, name, list(own))
        tables[name] = Table(
            oid=oid,
            file=file,
            rows=rows,
            columns={column: Column(*facts, filled=filled[column]) for column, facts in own.items()},
            constraints=constraints.get(name, {}),
            indexes=indexes.get(name, {}),
        )
    return Schema(
        tables=tables,
        sequences=tuple(sorted(name for (name,) in connection.execute(_SEQUENCES))),
        fields=frozenset(name for (name,) in connection.execute(_FIELDS)),
    )


def plain(part: Part) -> str:
    """What a constraint or an index does, without its name and without how PostgreSQL happened to write it down.

    A dump and restore adds casts and brackets; conditions may name ids, which differ between databases.
    """
    head, _, rest = part.definition.partition(" ON ")
    told = f"{'UNIQUE' if 'UNIQUE ' in head else ''} {rest}" if rest else part.definition
    return _NUMBER.sub("#", _WRITING.sub("", told))


def fingerprint(connection: psycopg.Connection, table: str, column: str) -> str:
    """A checksum of what a column holds, row by row in the order of `id`."""
    query = sql.SQL("SELECT md5(coalesce(string_agg(md5(coalesce({0}::text, '-')), '' ORDER BY id), '')) FROM {1}")
    row = connection.execute(query.format(sql.Identifier(column), sql.Identifier(table))).fetchone()
    return str(row[0]) if row else ""


def _parts(connection: psycopg.Connection, query: str) -> dict[str, dict[str, Part]]:
    found: dict[str, dict[str, Part]] = {}
    for table, name, definition, columns in connection.execute(query.encode()):
        found.setdefault(table, {})[name] = Part(definition, tuple(columns))
    return found


def _counts(connection: psycopg.Connection, table: str, columns: list[str]) -> tuple[int, dict[str, int]]:
    counted = sql.SQL("").join(sql.SQL(", count({})").format(sql.Identifier(name)) for name in columns)
    row = connection.execute(sql.SQL("SELECT count(*){} FROM {}").format(counted, sql.Identifier(table))).fetchone()
    rows, *filled = row or (0,)
    return int(rows), dict(zip(columns, filled, strict=True))
