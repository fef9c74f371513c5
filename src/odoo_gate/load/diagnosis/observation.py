"""Watches a site beside a drive, from a thread of its own, and says afterwards where the time went."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import redis as redis_client

from odoo_gate.errors import GateError, StackError
from odoo_gate.load.diagnosis.activity import ActivityWatch
from odoo_gate.load.diagnosis.judgement import diagnose
from odoo_gate.load.diagnosis.machine import MachineWatch
from odoo_gate.load.diagnosis.model import Diagnosis, Facts
from odoo_gate.load.diagnosis.redis_use import RedisWatch
from odoo_gate.load.diagnosis.statements import Counted, count, scanned, slowest
from odoo_gate.load.diagnosis.workers import http_workers, read_lives
from odoo_gate.load.request_log import log_since
from odoo_gate.model import Say, silent
from odoo_gate.stack.addresses import RedisAddress
from odoo_gate.stack.odoo_server import OdooServer

INTERVAL = 0.25
"""Seconds between two looks at PostgreSQL; a look takes a few milliseconds."""
_SLOW_EVERY = 8
"""Looks at PostgreSQL for one at machine, Redis and queues."""
_STATEMENTS = 8
_EVER = 1.0
"""Seconds since the epoch: the whole log."""
_APPLICATION = "odoo-gate-diagnosis"


class Observation:
    """One observation, of a server, its database and its Redis. Ends with `end` or `summary`."""

    def __init__(self, server: OdooServer, postgres_dsn: str, redis: RedisAddress | None, say: Say) -> None:
        self._server = server
        self._dsn = postgres_dsn
        self._say = say
        self._started = time.time()
        self._ended = 0.0
        self._workers = http_workers(log_since(server, _EVER))
        self._machine = MachineWatch(server.container)
        self._connection, self._before, self._activity = self._begin()
        self._redis = _watched(redis) if redis is not None else None
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._diagnosis: Diagnosis | None = None
        self._thread = threading.Thread(target=self._watch, name="odoo-gate-diagnosis", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Watch no more; may be called again."""
        if not self._ended:
            self._stop.set()
            self._thread.join()
            self._ended = time.time()

    def close(self) -> None:
        """End, and let go of every connection."""
        self.end()
        self._connection.close()
        if self._redis is not None:
            self._redis.close()

    def summary(self) -> Diagnosis:
        """Where the time went until now. Raises StackError when watching failed or nothing was seen."""
        if self._diagnosis is None:
            self.end()
            if self._failure is not None:
                raise StackError(
                    f"watching {self._server.container.name} ended early: {self._failure}", hint=_HINT
                ) from self._failure
            if not self._activity.moments:
                raise StackError(f"{self._server.container.name} was not watched for a single moment", hint=_HINT)
            self._say("looking where the time went")
            self._diagnosis = diagnose(self._facts())
        return self._diagnosis

    def _facts(self) -> Facts:
        try:
            after: Counted = count(self._connection)
            statements = slowest(self._connection, self._before, after, _STATEMENTS)
            use = self._redis.use() if self._redis is not None else None
        except (psycopg.Error, redis_client.RedisError) as error:
            raise StackError(f"the end of an observation: {error}", hint=_HINT) from error
        return Facts(
            seconds=self._ended - self._started,
            moments=self._activity.moments,
            locks=self._activity.locks,
            statements=statements,
            tables=scanned(self._before, after),
            workers=read_lives(self._workers, log_since(self._server, self._started)),
            machine=self._machine.machine,
            redis=use,
            queues=self._activity.queues,
        )

    def _watch(self) -> None:
        looks = 0
        try:
            while not self._stop.wait(INTERVAL):
                self._activity.look()
                if looks % _SLOW_EVERY == 0:
                    self._look_around()
                looks += 1
            self._look_around()
        except (psycopg.Error, redis_client.RedisError, GateError, OSError) as error:
            self._failure = error

    def _look_around(self) -> None:
        self._machine.look()
        self._activity.look_at_queues()
        if self._redis is not None:
            self._redis.look()

    def _begin(self) -> tuple[psycopg.Connection, Counted, ActivityWatch]:
        try:
            connection = psycopg.connect(self._dsn, autocommit=True, application_name=_APPLICATION)
            return connection, count(connection), ActivityWatch(connection)
        except psycopg.Error as error:
            raise StackError(f"PostgreSQL cannot be watched: {error}", hint=_HINT) from error


def _watched(address: RedisAddress) -> RedisWatch:
    try:
        return RedisWatch(address)
    except redis_client.RedisError as error:
        raise StackError(f"Redis cannot be watched: {error}", hint=_HINT) from error


_HINT = "look whether the server and its database still run: their logs are in the run folder"


@contextmanager
def observing(
    server: OdooServer, postgres_dsn: str, redis: RedisAddress | None = None, say: Say = silent
) -> Iterator[Observation]:
    """Watch `server` and the database of `postgres_dsn` over the block. Ask `summary()` inside it, after the drive.

    `postgres_dsn` is a superuser's, so that every statement and wait is seen. Raises StackError.
    """
    observation = Observation(server, postgres_dsn, redis, say)
    try:
        yield observation
    finally:
        observation.close()
