"""The drill of degraded mode: the runbook's own commands pause all but the essential, and bring back what was there."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg

from odoo_gate.model import Finding, Metric
from odoo_gate.process import run
from odoo_gate.resilience.crons import LOCK_TIMEOUT, forget_paused
from odoo_gate.resilience.drill import Fault, Hit
from odoo_gate.resilience.stage import Stage
from odoo_gate.settings.resilience import DegradedMode

_HELD_SECONDS = 3.0
_COMMAND_SECONDS = 60.0
_MOST = 5
Crons = Mapping[int, str]


def degraded_mode(settings: DegradedMode, root: Path) -> Fault:
    """Pause and resume with the commands of gate.toml, run in the folder `root`."""
    return Fault("degraded-mode", partial(_struck, settings=settings, root=root))


@contextmanager
def _struck(stage: Stage, settings: DegradedMode, root: Path) -> Iterator[Hit]:
    hit = Hit("scheduled actions paused but for the essential ones")
    with stage.connected() as connection:
        before = _active(connection)
        essential = _essential(connection, settings.essential)
        try:
            _command(stage, settings.pause, settings.essential, root, hit)
            paused = _active(connection)
            yield hit
            time.sleep(_HELD_SECONDS)
            _command(stage, settings.resume, settings.essential, root, hit)
            after = _active(connection)
            hit.end()
            hit.findings.extend(degraded_findings(before, paused, after, essential))
            hit.metrics.append(Metric("paused", len(before.keys() - paused.keys()), "1"))
            hit.metrics.append(Metric("resumed", len(after.keys() - paused.keys()), "1"))
        finally:
            connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            connection.execute("UPDATE ir_cron SET active = id = ANY(%s) WHERE active <> (id = ANY(%s))",
                               [list(before), list(before)])  # fmt: skip
            forget_paused(connection)


def degraded_findings(before: Crons, paused: Crons, after: Crons, essential: Crons) -> Iterator[Finding]:
    """What was active `before`, while `paused`, and `after`: ids with names. `essential` must never stop."""
    going_on = {number: name for number, name in paused.items() if number not in essential}
    stopped = {number: name for number, name in before.items() if number in essential and number not in paused}
    missing = {number: name for number, name in before.items() if number not in after}
    extra = {number: name for number, name in after.items() if number not in before}
    if not before.keys() - essential.keys():
        message = "no scheduled action was active besides the essential ones: there was nothing to pause"
        yield Finding("no-effect", message, remedy="see resilience.degraded.essential in gate.toml")
    yield from _about("not-paused", "still active in degraded mode", going_on, "pause every one that is not essential")
    yield from _about(
        "essential-paused", "essential, and paused", stopped, "leave out what resilience.degraded.essential names"
    )
    yield from _about(
        "not-resumed",
        "active before degraded mode, and not after it",
        missing,
        "remember what was paused, and resume it",
    )
    yield from _about("resumed-too-much", "inactive before degraded mode, and active after it", extra,
                      "resume only what was paused: somebody had switched the others off")  # fmt: skip


def _about(rule: str, what: str, crons: Crons, remedy: str) -> Iterator[Finding]:
    if crons:
        named = ", ".join(sorted(crons.values())[:_MOST])
        yield Finding(rule, f"{len(crons)} scheduled actions {what}: {named}", remedy=remedy)


def _active(connection: psycopg.Connection) -> Crons:
    return dict(connection.execute("SELECT id, cron_name FROM ir_cron WHERE active").fetchall())


def _essential(connection: psycopg.Connection, names: Sequence[str]) -> Crons:
    rows = connection.execute(
        "SELECT res_id, module || '.' || name FROM ir_model_data"
        " WHERE model = 'ir.cron' AND module || '.' || name = ANY(%s)",
        [list(names)],
    )
    return dict(rows.fetchall())


def _command(stage: Stage, words: Sequence[str], essential: Sequence[str], root: Path, hit: Hit) -> None:
    """Run one of the runbook's commands on the stage's database; a failure is a finding."""
    address = stage.postgres_address
    own = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {
        **os.environ, "PATH": own, "PGHOST": address.host, "PGPORT": str(address.port), "PGUSER": address.user,
        "PGPASSWORD": address.password, "PGDATABASE": stage.database,
    }  # fmt: skip
    argv = [word.replace("{essential}", ",".join(essential)) for word in words]
    started = time.monotonic()
    done = run(argv, cwd=root, env=environment, timeout=_COMMAND_SECONDS, check=False)
    hit.metrics.append(Metric("command_seconds", time.monotonic() - started, "s"))
    if done.status != 0:
        said = (done.stderr or done.stdout).strip().rpartition("\n")[2]
        message = f"`{' '.join(argv)}` ended with status {done.status}: {said}"
        hit.findings.append(Finding("command-failed", message, remedy="mend the command: in need, nobody has time to"))
