"""Drills on whole servers and processes: a worker, Odoo, PostgreSQL, the ingress."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from odoo_gate.errors import StackError
from odoo_gate.model import Finding, Metric
from odoo_gate.resilience.drill import Fault, Hit
from odoo_gate.resilience.stage import INGRESS, Stage
from odoo_gate.stack.container import RunningContainer
from odoo_gate.stack.odoo_processes import kill_busy_worker, odoo_processes
from odoo_gate.stack.postgres import accepts_connections
from odoo_gate.stack.power import kill_container, start_container, stop_container

_BUSY_SECONDS = 60.0
_RESPAWN_SECONDS = 30.0
_START_SECONDS = 90.0
_INGRESS_SECONDS = 2.0
"""How long the ingress is away: as a restart with a new configuration takes."""
_POLL_SECONDS = 0.1


@contextmanager
def _worker_kill(stage: Stage) -> Iterator[Hit]:
    container = stage.server.container
    before = {process.pid for process in odoo_processes(container)}
    killed = kill_busy_worker(container, _BUSY_SECONDS)
    if killed is None:
        hit = Hit("no HTTP worker was at work")
        yield hit
        message = f"no HTTP worker did anything for {_BUSY_SECONDS:g} s: none was killed at work"
        hit.findings.append(Finding("no-effect", message, remedy="raise resilience.arrivals_per_minute in gate.toml"))
        return
    victim, struck = killed
    hit = Hit(f"SIGKILL to the HTTP worker {victim}", struck)
    yield hit
    seconds = _respawned(container, before, hit.struck)
    if seconds is None:
        message = f"no new HTTP worker came within {_RESPAWN_SECONDS:g} s of {victim}'s end"
        remedy = "read Odoo's log; the prefork server replaces workers that ended"
        hit.findings.append(Finding("not-respawned", message, remedy=remedy))
        return
    hit.back = hit.struck + seconds
    hit.metrics.append(Metric("respawn_seconds", seconds, "s"))


def _respawned(container: RunningContainer, before: set[int], struck: float) -> float | None:
    """Seconds from `struck` until there was an HTTP worker that was not there `before`."""
    while time.time() < struck + _RESPAWN_SECONDS:
        if any(each.role == "http" and each.pid not in before for each in odoo_processes(container)):
            return time.time() - struck
        time.sleep(_POLL_SECONDS)
    return None


@contextmanager
def _odoo_kill(stage: Stage) -> Iterator[Hit]:
    hit = Hit("Odoo's container killed and started again")
    try:
        kill_container(stage.server.container)
        yield hit
    finally:
        start_container(stage.server.container)
    stage.wait_for_odoo()
    hit.back = time.time()
    with stage.connected() as connection:
        stuck = connection.execute("SELECT name FROM ir_module_module WHERE state LIKE 'to %' ORDER BY name").fetchall()
    if stuck:
        names = ", ".join(name for (name,) in stuck)
        hit.findings.append(
            Finding("stuck-modules", f"after the kill these modules wait to be installed, updated or removed: {names}",
                    remedy="leave no module in a state between: Odoo's crons do not run then")
        )  # fmt: skip


@contextmanager
def _database_restart(stage: Stage) -> Iterator[Hit]:
    yield from _database(stage, "PostgreSQL restarted", stop_container)


@contextmanager
def _database_crash(stage: Stage) -> Iterator[Hit]:
    yield from _database(stage, "PostgreSQL killed and started again", kill_container)


def _database(stage: Stage, what: str, end: Callable[[RunningContainer], None]) -> Iterator[Hit]:
    hit = Hit(what)
    with stage.connected() as connection:
        began = connection.execute("SELECT pg_postmaster_start_time()").fetchone()
    hit.struck = time.time()
    try:
        end(stage.postgres.container)
        yield hit
    finally:
        start_container(stage.postgres.container)
        stage.postgres.container.wait_until(
            lambda: accepts_connections(stage.postgres_address), what="accepting connections", timeout=_START_SECONDS
        )
    hit.back = time.time()
    hit.metrics.append(Metric("database_start_seconds", hit.back - hit.struck, "s"))
    with stage.connected() as connection:
        if connection.execute("SELECT pg_postmaster_start_time()").fetchone() == began:
            raise StackError("PostgreSQL was not restarted", hint="read its log in the run folder (logs/)")


@contextmanager
def _ingress_restart(stage: Stage) -> Iterator[Hit]:
    hit = Hit("the ingress restarted")
    try:
        stop_container(stage.ingress.container)
        yield hit
        time.sleep(_INGRESS_SECONDS)
    finally:
        start_container(stage.ingress.container)
        hit.end()


WORKER_KILL = Fault("worker-kill", _worker_kill, is_held=False)
ODOO_KILL = Fault("odoo-kill", _odoo_kill, is_held=False)
DATABASE_RESTART = Fault("database-restart", _database_restart, is_held=False)
DATABASE_CRASH = Fault("database-crash", _database_crash, is_held=False)
INGRESS_RESTART = Fault("ingress-restart", _ingress_restart, way=INGRESS)
