"""The drill that kills the cron worker in the middle of a job: the job runs again, and does nothing twice."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import psycopg

from odoo_gate.errors import StackError
from odoo_gate.model import Finding, Metric
from odoo_gate.resilience.crons import LOCK_TIMEOUT
from odoo_gate.resilience.drill import Fault, Hit
from odoo_gate.resilience.stage import DATABASE, Stage
from odoo_gate.settings.resilience import CronDrill
from odoo_gate.stack.fault_proxy import Toxic
from odoo_gate.stack.odoo_processes import kill_cron_workers

_SLOW_MILLISECONDS = 20.0
"""Added to every answer of the database until the kill, so that there is a middle of the job."""
_INTO_THE_JOB = 2.0
"""Seconds until the kill for a job that shows nothing before its end; others are killed when some of it is done."""
_START_SECONDS = 90.0
_WAKE_SECONDS = 1.0
_POLL_SECONDS = 0.05
_MOST = 5


@dataclass(frozen=True, slots=True)
class Job:
    """A scheduled action with work waiting: `keys` are what it is to do once each. Inactive until the drill."""

    drill: CronDrill
    id: int
    keys: tuple[str | int, ...]

    def effects(self, connection: psycopg.Connection) -> dict[str | int, int]:
        """How often each key's work was done, by the SQL in gate.toml. Raises StackError."""
        try:
            counts = [connection.execute(self.drill.effect.encode(), {"key": key}).fetchone() for key in self.keys]
        except psycopg.Error as error:
            raise StackError(
                f"`effect` of {self.drill.name} failed: {error}", hint="correct its SQL in gate.toml"
            ) from error
        return {key: int(row[0]) if row else 0 for key, row in zip(self.keys, counts, strict=True)}

    def is_running(self, connection: psycopg.Connection) -> bool:
        """Whether a cron worker holds it: that is how Odoo keeps a job from running twice at a time."""
        try:
            connection.execute("SELECT FROM ir_cron WHERE id = %s FOR NO KEY UPDATE NOWAIT", [self.id])
        except psycopg.errors.LockNotAvailable:
            return True
        return False


def cron_crash(jobs: Sequence[Job]) -> Fault:
    """Every cron worker killed while it is at each of `jobs`, one after the other."""
    return Fault("cron-crash", partial(_struck, jobs=jobs), is_held=False)


@contextmanager
def _struck(stage: Stage, jobs: Sequence[Job]) -> Iterator[Hit]:
    hit = Hit("the cron workers killed in the middle of a job")
    if not jobs:
        message = "gate.toml names no scheduled action to be killed"
        hit.findings.append(Finding("no-effect", message, remedy="add [[resilience.crons]] to gate.toml"))
    with stage.connected() as connection:
        connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        try:
            for job in jobs:
                hit.struck = _kill_in(stage, connection, job, hit)
            yield hit
            for job in jobs:
                _await(stage, connection, job, hit)
            hit.back = time.time()
        finally:
            stage.way_in.reset()
            ids = [job.id for job in jobs]
            connection.execute("UPDATE ir_cron SET active = false WHERE id = ANY(%s)", [ids])


def _kill_in(stage: Stage, connection: psycopg.Connection, job: Job, hit: Hit) -> float:
    """Start the job and kill it half way; returns when."""
    stage.way_in.add(DATABASE, Toxic("latency", attributes={"latency": _SLOW_MILLISECONDS, "jitter": 0}))
    connection.execute(
        "UPDATE ir_cron SET active = true, nextcall = now() AT TIME ZONE 'utc' - interval '1 second' WHERE id = %s",
        [job.id],
    )
    _await_start(stage, connection, job)
    _await_middle(connection, job)
    at_work = job.is_running(connection)
    victims, struck = kill_cron_workers(stage.server.container)
    stage.way_in.reset()
    done = sum(count > 0 for count in job.effects(connection).values())
    hit.metrics.append(Metric(f"{job.drill.name}_done_when_killed", done, "1"))
    if not at_work or not victims or done == len(job.keys):
        message = f"{job.drill.name} had done {done} of {len(job.keys)} and was not at work when it was to be killed"
        remedy = "let `prepare` of its script make more work, so that there is a middle"
        hit.findings.append(Finding("no-effect", message, remedy=remedy))
    return struck


def _await_start(stage: Stage, connection: psycopg.Connection, job: Job) -> None:
    deadline = time.monotonic() + _START_SECONDS
    woken = 0.0
    while not job.is_running(connection):
        if time.monotonic() > deadline:
            raise StackError(
                f"the scheduled action {job.drill.cron} did not start within {_START_SECONDS:g} s",
                hint="see max_cron_threads in odoo.conf, and Odoo's log (logs/)",
            )
        if time.monotonic() - woken > _WAKE_SECONDS:
            _wake(stage)
            woken = time.monotonic()
        time.sleep(_POLL_SECONDS)


def _await_middle(connection: psycopg.Connection, job: Job) -> None:
    """Until some of the work is done, or it has gone on for long enough, or it is over."""
    deadline = time.monotonic() + _INTO_THE_JOB
    while time.monotonic() < deadline and job.is_running(connection):
        if any(job.effects(connection).values()):
            return
        time.sleep(_POLL_SECONDS)


def _wake(stage: Stage) -> None:
    """Tell the cron workers that there is something to do, as Odoo itself does; they look once a minute otherwise."""
    with psycopg.connect(stage.postgres_address.dsn("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_notify('cron_trigger', %s)", [stage.database])


def _await(stage: Stage, connection: psycopg.Connection, job: Job, hit: Hit) -> None:
    """Until all of the job's work is done, and look whether any of it was done twice."""
    started = time.monotonic()
    while True:
        effects = job.effects(connection)
        if all(effects.values()) and not job.is_running(connection):
            break
        if time.monotonic() - started > job.drill.budget_seconds:
            missing = [key for key, count in effects.items() if not count]
            message = f"{job.drill.name}: {len(missing)} of {len(effects)} were not done within " \
                      f"{job.drill.budget_seconds:g} s of the kill, such as {_named(missing)}"  # fmt: skip
            remedy = "mark work as done where it is done, not where it begins; the next run must find what is left"
            hit.findings.append(Finding("not-run-again", message, remedy=remedy))
            break
        _wake(stage)
        time.sleep(_WAKE_SECONDS)
    hit.metrics.append(Metric(f"{job.drill.name}_seconds_to_the_end", time.time() - hit.struck, "s"))
    effects = job.effects(connection)
    twice = [key for key, count in effects.items() if count > 1]
    if twice:
        message = f"{job.drill.name}: {len(twice)} of {len(effects)} were done more than once, such as {_named(twice)}"
        remedy = "do the work and mark it as done in one transaction, or give it a key under a unique constraint"
        hit.findings.append(Finding("double-effect", message, remedy=remedy))
    hit.metrics.append(Metric(f"{job.drill.name}_done", sum(count == 1 for count in effects.values()), "1"))


def _named(keys: Sequence[str | int]) -> str:
    return ", ".join(map(str, keys[:_MOST]))
