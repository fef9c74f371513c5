"""What a database holds, small enough to compare: its schema, and a checksum of every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from odoo_gate.modules.volatile import IGNORED_ROWS, is_ignored, is_volatile

Schema = Mapping[tuple[str, str], str]
"""(kind, name) → definition. Kinds: table, column, constraint, index, view, trigger, function."""

_SCHEMA = """
SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'table' END,
       c.relname, CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) ELSE '' END
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
UNION ALL
SELECT 'column', c.relname || '.' || a.attname,
       format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint', c.relname || '.' || k.conname, pg_get_constraintdef(k.oid)
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
 WHERE k.connamespace = 'public'::regnamespace AND k.contype <> 'n'
UNION ALL
SELECT 'index', i.relname, pg_get_indexdef(i.oid)
  FROM pg_class i WHERE i.relnamespace = 'public'::regnamespace AND i.relkind IN ('i', 'I')
UNION ALL
SELECT 'trigger', c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid)
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
UNION ALL
SELECT 'function', p.oid::regprocedure::text, md5(coalesce(p.prosrc, ''))
  FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
"""

_COLUMNS = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND a.attnum > 0 AND NOT a.attisdropped
 GROUP BY c.relname ORDER BY c.relname
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`rows`: table → row id (or its checksum, in tables without an id) → checksum or count of that row."""

    schema: Schema
    rows: Mapping[str, Mapping[str, str]]

    def counts(self) -> Mapping[str, int]:
        """Rows by table."""
        return {table: len(rows) for table, rows in self.rows.items()}


@dataclass(frozen=True, slots=True)
class TableChange:
    """The rows of one table that differ, by the key they have in a snapshot."""

    table: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def take_snapshot(connection: psycopg.Connection) -> Snapshot:
    """Read the whole database, volatile columns and tables left out (see `volatile.py`)."""
    schema = {(kind, name): definition for kind, name, definition in connection.execute(_SCHEMA)}
    columns: dict[str, list[str]] = dict(connection.execute(_COLUMNS).fetchall())
    rows = {table: _rows(connection, table, names) for table, names in columns.items() if not is_ignored(table)}
    return Snapshot(schema, rows)


def row_changes(before: Snapshot, after: Snapshot) -> list[TableChange]:
    """The tables whose rows differ, by name. A table that exists on one side only is the schema's business.

    A row that was replaced by an equal one counts as unchanged: data files do that with `(5, 0, 0), (0, 0, {...})`.
    """
    changes = []
    for table in sorted(before.rows.keys() & after.rows.keys()):
        old, new = before.rows[table], after.rows[table]
        if old != new:
            changed = tuple(sorted(key for key in old.keys() & new.keys() if old[key] != new[key]))
            added = _unmatched({key: new[key] for key in new.keys() - old.keys()}, old, new)
            removed = _unmatched({key: old[key] for key in old.keys() - new.keys()}, new, old)
            if changed or added or removed:
                changes.append(TableChange(table, added, removed, changed))
    return changes


def _unmatched(candidates: Mapping[str, str], there: Mapping[str, str], here: Mapping[str, str]) -> tuple[str, ...]:
    """The rows of `candidates` that no row, itself gone from here, equals over there."""
    equals = Counter(there[key] for key in there.keys() - here.keys())
    left = []
    for key in sorted(candidates):
        if equals[candidates[key]]:
            equals[candidates[key]] -= 1
        else:
            left.append(key)
    return tuple(left)


def _rows(connection: psycopg.Connection, table: str, columns: list[str]) -> dict[str, str]:
    counted = [name for name in columns if name != "id" and not is_volatile(table, name)]
    row = sql.SQL("md5(ROW({})::text)").format(sql.SQL(", ").join(map(sql.Identifier, counted)))
    where = sql.SQL(IGNORED_ROWS[table]) if table in IGNORED_ROWS else sql.SQL("true")
    if "id" in columns:
        query = sql.SQL("SELECT id::text, {} FROM {} WHERE {}").format(row, sql.Identifier(table), where)
        return dict(connection.execute(query).fetchall())
    query = sql.SQL("SELECT {} FROM {} WHERE {}").format(row, sql.Identifier(table), where)
    return {key: str(count) for key, count in Counter(key for (key,) in connection.execute(query)).items()}
