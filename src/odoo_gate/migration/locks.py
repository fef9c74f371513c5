"""Who locks whom while an upgrade runs: all backends, sampled from a connection of its own."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import psycopg

from odoo_gate.errors import StackError

INTERVAL = 0.05
"""Seconds between two samples; shorter holds may go unseen."""

_DISK_EVERY = 0.5
_SAMPLE = """
SELECT l.pid, l.virtualtransaction, c.oid::int8, c.relname::text, l.granted, left(a.query, 200)
  FROM pg_locks l
  JOIN pg_stat_activity a ON a.pid = l.pid AND a.datname = current_database()
  LEFT JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p')
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
 WHERE l.pid <> pg_backend_pid()
   AND (NOT l.granted OR (l.mode = 'AccessExclusiveLock' AND c.oid IS NOT NULL))
"""
_DISK = "SELECT pg_database_size(current_database()) + coalesce((SELECT sum(size) FROM pg_ls_waldir()), 0)"
_WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"


@dataclass(frozen=True, slots=True)
class Hold:
    """A table nobody else could even read, from `started` (seconds into the watch) for `seconds`."""

    table: str
    seconds: float
    started: float


@dataclass(frozen=True, slots=True)
class Blocked:
    """A session that waited for a lock; `query` is what it wanted to do (its first 200 characters)."""

    seconds: float
    query: str


@dataclass(frozen=True, slots=True)
class LockReport:
    """The longest hold of each table that was there before, the longest waits, and what the disk had to take.

    `wal` is the bytes of write-ahead log written, `disk_peak` the most bytes the database and that log took.
    """

    samples: int
    seconds: float
    holds: tuple[Hold, ...]
    blocked: tuple[Blocked, ...]
    wal: int
    disk_before: int
    disk_peak: int

    @property
    def longest(self) -> Hold | None:
        return self.holds[0] if self.holds else None


@dataclass
class _Seen:
    name: str
    first: float
    last: float


@dataclass
class _Samples:
    count: int = 0
    holds: dict[tuple[int, str, int], _Seen] = field(default_factory=dict)
    waits: dict[tuple[int, str], _Seen] = field(default_factory=dict)
    disk_before: int = 0
    disk_peak: int = 0
    wal_before: int = 0
    wal_after: int = 0


class LockWatch:
    """Watches from entering to leaving its block; `report` is there afterwards.

    `tables` are the ids of those that exist before: who locks a new one blocks nobody.
    Raises StackError on leaving when the sampling itself broke off.
    """

    def __init__(self, dsn: str, tables: frozenset[int]) -> None:
        self._dsn = dsn
        self._tables = tables
        self._samples = _Samples()
        self._stop = threading.Event()
        self._failure: psycopg.Error | None = None
        self._thread = threading.Thread(target=self._run, name="lock-watch", daemon=True)
        self._started = 0.0
        self._ended = 0.0

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._ended = time.monotonic()
        if self._failure is not None and value is None:
            raise StackError(
                f"watching the locks broke off: {self._failure}", hint="read the log of PostgreSQL in the run folder"
            ) from self._failure

    @property
    def report(self) -> LockReport:
        seen = self._samples
        longest: dict[str, Hold] = {}
        for hold in seen.holds.values():
            seconds = hold.last - hold.first + INTERVAL
            if hold.name not in longest or seconds > longest[hold.name].seconds:
                longest[hold.name] = Hold(hold.name, seconds, hold.first - self._started)
        waits = (Blocked(wait.last - wait.first + INTERVAL, wait.name) for wait in seen.waits.values())
        return LockReport(
            samples=seen.count,
            seconds=self._ended - self._started,
            holds=tuple(sorted(longest.values(), key=lambda each: -each.seconds)),
            blocked=tuple(sorted(waits, key=lambda each: -each.seconds)),
            wal=seen.wal_after - seen.wal_before,
            disk_before=seen.disk_before,
            disk_peak=seen.disk_peak,
        )

    def _run(self) -> None:
        try:
            with psycopg.connect(self._dsn, autocommit=True) as connection:
                self._watch(connection)
        except psycopg.Error as error:
            self._failure = error

    def _watch(self, connection: psycopg.Connection) -> None:
        seen = self._samples
        seen.wal_before = _number(connection, _WAL)
        seen.disk_before = seen.disk_peak = _number(connection, _DISK)
        disk_due = time.monotonic() + _DISK_EVERY
        while not self._stop.wait(INTERVAL):
            now = time.monotonic()
            self._take(connection, now)
            if now >= disk_due:
                disk_due = now + _DISK_EVERY
                seen.disk_peak = max(seen.disk_peak, _number(connection, _DISK))
        seen.wal_after = _number(connection, _WAL)
        seen.disk_peak = max(seen.disk_peak, _number(connection, _DISK))

    def _take(self, connection: psycopg.Connection, now: float) -> None:
        seen = self._samples
        seen.count += 1
        for pid, transaction, oid, table, granted, query in connection.execute(_SAMPLE):
            if not granted:
                seen.waits.setdefault((pid, transaction), _Seen(query, now, now)).last = now
            elif oid in self._tables:
                seen.holds.setdefault((pid, transaction, oid), _Seen(table, now, now)).last = now


def _number(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
