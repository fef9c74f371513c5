"""Several sessions of one database at once: PostgreSQL inserts and builds indexes with one processor a session."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import TypeVar

import psycopg
from psycopg import Connection

_MOST_SESSIONS = 4
_SETTINGS = (
    "SET session_replication_role = replica; SET work_mem = '128MB'; SET maintenance_work_mem = '256MB';"
    " SET jit = off; SET max_parallel_maintenance_workers = 0; SET max_parallel_workers_per_gather = 0"
)
"""Foreign keys are not checked; the sessions themselves are what runs in parallel."""

T = TypeVar("T")
R = TypeVar("R")


def in_sessions(dsn: str, items: Iterable[T], work: Callable[[Connection, T], R]) -> list[tuple[T, R]]:
    """`work` for every item, each in a transaction of its own, as many at once as there are processors (at most 4).

    Items are begun in their order, so let the longest come first; results come in the order of their end. The first
    error ends it all: what other sessions do is cancelled. Raises what `work` raises.
    """
    waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
    for item in items:
        waiting.put(item)
    done: list[tuple[T, R]] = []
    count = max(1, min(_MOST_SESSIONS, os.cpu_count() or 1, waiting.qsize()))
    with ExitStack() as stack:
        connections = [stack.enter_context(psycopg.connect(dsn, autocommit=True)) for _ in range(count)]
        pool = stack.enter_context(ThreadPoolExecutor(count))
        try:
            for each in [pool.submit(_take, connection, waiting, work, done) for connection in connections]:
                each.result()
        except BaseException:
            _empty(waiting)
            for connection in connections:
                connection.cancel_safe()
            raise
    return done


def _take(
    connection: Connection, waiting: queue.SimpleQueue[T], work: Callable[[Connection, T], R], done: list[tuple[T, R]]
) -> None:
    connection.execute(_SETTINGS)
    while True:
        try:
            item = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            with connection.transaction():
                done.append((item, work(connection, item)))
        except BaseException:
            _empty(waiting)
            raise


def _empty(waiting: queue.SimpleQueue[T]) -> None:
    with suppress(queue.Empty):
        while True:
            waiting.get_nowait()
