"""What each statement cost between two moments, how PostgreSQL would run it, and which index it misses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from odoo_gate.load.diagnosis.model import PlanScan, StatementCost, TableScans

_EXTENSION = "SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'"
_MAY_HAVE = "SELECT 1 FROM pg_settings WHERE name = 'shared_preload_libraries' AND setting LIKE '%pg_stat_statements%'"
_COSTS = """
SELECT queryid, query, calls, total_exec_time FROM pg_stat_statements
 WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND queryid IS NOT NULL"""
_TABLES = """
SELECT s.relname, c.reltuples::float, s.seq_scan, s.seq_tup_read
  FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid WHERE s.schemaname = 'public'"""
_ROWS = "SELECT relname, greatest(reltuples, 0)::float FROM pg_class WHERE relkind IN ('r', 'p')"
_PLANNED = re.compile(r"^\s*(SELECT|WITH|UPDATE|DELETE|INSERT)\b", re.IGNORECASE)
_OWN = ("pg_stat_", "pg_settings", "pg_class", "EXPLAIN", "pg_blocking_pids")
_COLUMN = re.compile(r"\(?\b(?:\w+\.)?\"?([a-z_][a-z0-9_]*)\"?\)?(?:::[\w ]+)?\s*(?:=|<|>|~~|IN\b|IS\b)")
_GENERIC_SINCE = 160000
_TEXT = 600
_MS = 1000.0


@dataclass(frozen=True, slots=True)
class Counted:
    """The counters at one moment. `statements` is None where the server does not count them."""

    statements: Mapping[tuple[int, str], tuple[int, float]] | None
    tables: Mapping[str, tuple[float, int, int]]


def count(connection: psycopg.Connection) -> Counted:
    """Raises psycopg's errors."""
    tables = {name: (rows, int(scans or 0), int(read or 0)) for name, rows, scans, read in connection.execute(_TABLES)}
    if not connection.execute(_EXTENSION).fetchone():
        if not connection.execute(_MAY_HAVE).fetchone():
            return Counted(None, tables)
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    found: dict[tuple[int, str], tuple[int, float]] = {}
    for number, text, calls, taken in connection.execute(_COSTS):
        key = (int(number), str(text))
        before = found.get(key, (0, 0.0))
        found[key] = (before[0] + int(calls), before[1] + float(taken) / _MS)
    return Counted(found, tables)


def slowest(
    connection: psycopg.Connection, before: Counted, after: Counted, number: int
) -> tuple[StatementCost, ...] | None:
    """The statements that took most time in between, with their plans. None where they are not counted."""
    if after.statements is None:
        return None
    known = before.statements or {}
    grown = [
        (text, calls - known.get((key, text), (0, 0.0))[0], taken - known.get((key, text), (0, 0.0))[1])
        for (key, text), (calls, taken) in after.statements.items()
        if not any(own in text for own in _OWN)
    ]
    most = sorted((each for each in grown if each[1] > 0), key=lambda each: -each[2])[:number]
    rows = {str(name): float(count) for name, count in connection.execute(_ROWS)}
    return tuple(_with_plan(connection, text, calls, taken, rows) for text, calls, taken in most)


def scanned(before: Counted, after: Counted) -> tuple[TableScans, ...]:
    """Tables that were read from end to end in between, most rows first."""
    found = []
    for table, (rows, scans, read) in after.tables.items():
        _, scans_before, read_before = before.tables.get(table, (0.0, 0, 0))
        if scans > scans_before:
            found.append(TableScans(table, rows, scans - scans_before, read - read_before))
    return tuple(sorted(found, key=lambda each: -each.rows_read))


def explain(connection: psycopg.Connection, text: str) -> list[dict[str, Any]] | None:
    """The plan of a statement with its parameters left open; it is not run. None when it cannot be planned so."""
    if connection.info.server_version < _GENERIC_SINCE or not _PLANNED.match(text):
        return None
    try:
        with connection.transaction():
            row = connection.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {text}".encode()).fetchone()
    except (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError):
        return None  # a text that was cut, or parameters whose type only the caller knew
    return list(row[0]) if row else None


def scans_in(plan: Mapping[str, Any], rows: Mapping[str, float]) -> Iterator[PlanScan]:
    """Sequential scans with a condition, anywhere in a plan. `rows` by table."""
    if plan.get("Node Type") == "Seq Scan" and "Filter" in plan:
        table, condition = str(plan["Relation Name"]), str(plan["Filter"])
        columns = tuple(dict.fromkeys(_COLUMN.findall(condition)))
        yield PlanScan(table, rows.get(table, 0.0), float(plan["Plan Rows"]), condition, columns)
    for each in plan.get("Plans", ()):
        yield from scans_in(each, rows)


def _with_plan(
    connection: psycopg.Connection, text: str, calls: int, taken: float, rows: Mapping[str, float]
) -> StatementCost:
    plan = explain(connection, text)
    short = " ".join(text.split())[:_TEXT]
    if plan is None:
        return StatementCost(short, calls, taken, taken / calls)
    root = plan[0]["Plan"]
    return StatementCost(short, calls, taken, taken / calls, json.dumps(plan), tuple(scans_in(root, rows)))
