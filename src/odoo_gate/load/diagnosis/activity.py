"""PostgreSQL as its own activity view shows it, look after look: who works, who waits, and for whom."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import psycopg

from odoo_gate.load.diagnosis.model import LockWait, Moment, Queues

_BUSY = frozenset({"active", "idle in transaction", "idle in transaction (aborted)"})
_LOCKS_KEPT = 200

_ACTIVITY = """
SELECT a.pid, a.state, coalesce(a.wait_event_type, ''), coalesce(a.wait_event, ''),
       extract(epoch FROM clock_timestamp() - a.query_start)::float, left(a.query, 300),
       CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) ELSE '{}' END
  FROM pg_stat_activity a
 WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'"""

_QUEUES = {
    "cron": ("ir_cron", "SELECT count(*) FROM ir_cron WHERE active AND nextcall < now() AT TIME ZONE 'UTC'"),
    "mail": ("mail_mail", "SELECT count(*) FROM mail_mail WHERE state = 'outgoing'"),
    "queue-job": ("queue_job", "SELECT count(*) FROM queue_job WHERE state IN ('pending', 'enqueued')"),
}


class ActivityWatch:
    """Looks at one database. Every method raises psycopg's errors."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._moments: list[Moment] = []
        self._locks: dict[tuple[str, str], float] = {}
        self._deepest: dict[str, int] = {}
        present = {name for (name,) in connection.execute("SELECT relname FROM pg_class WHERE relkind = 'r'")}
        self._queues = {name: query for name, (table, query) in _QUEUES.items() if table in present}

    @property
    def moments(self) -> tuple[Moment, ...]:
        return tuple(self._moments)

    @property
    def locks(self) -> tuple[LockWait, ...]:
        """The longest waits first."""
        found = [LockWait(waiting, holding, seconds) for (waiting, holding), seconds in self._locks.items()]
        return tuple(sorted(found, key=lambda each: -each.seconds))

    @property
    def queues(self) -> Queues:
        return Queues(dict(self._deepest))

    def look(self) -> None:
        """Keep this moment."""
        rows = self._connection.execute(_ACTIVITY).fetchall()
        waits: Counter[str] = Counter()
        for _, state, kind, event, *_ in rows:
            if state == "active" and kind and kind != "Client":
                waits[f"{kind}:{event}"] += 1
        blocked = [row for row in rows if row[6]]
        self._remember(rows, blocked)
        busy = sum(row[1] in _BUSY for row in rows)
        active = sum(row[1] == "active" for row in rows)
        self._moments.append(Moment(time.time(), busy, active, dict(waits), len(blocked)))

    def look_at_queues(self) -> None:
        """Keep how much waits to be done."""
        for name, query in self._queues.items():
            row = self._connection.execute(query.encode()).fetchone()
            self._deepest[name] = max(self._deepest.get(name, 0), int(row[0]) if row else 0)

    def _remember(self, rows: list[tuple[Any, ...]], blocked: list[tuple[Any, ...]]) -> None:
        texts = {row[0]: " ".join(str(row[5]).split()) for row in rows}
        for row in blocked:
            key = (texts[row[0]], texts.get(row[6][0], "a session that has ended or works on another database"))
            if key in self._locks or len(self._locks) < _LOCKS_KEPT:
                self._locks[key] = max(self._locks.get(key, 0.0), float(row[4] or 0.0))
