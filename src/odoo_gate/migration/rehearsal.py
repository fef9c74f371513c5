"""The rehearsal: production's database, upgraded to the candidate as production would, watched all the while."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from odoo_gate.errors import StackError
from odoo_gate.invariants import ProjectInvariants
from odoo_gate.migration.locks import LockReport, LockWatch
from odoo_gate.migration.probe import MOST_MODELS, ProbeReport, UserProbe, models_of, readable
from odoo_gate.migration.stage import Backup, Stage
from odoo_gate.migration.state import State
from odoo_gate.migration.upgrade_log import LogLine, read_log
from odoo_gate.model import Finding, Metric
from odoo_gate.odoo.upgrade_plan import UpgradePlan, installed_modules, plan_upgrade
from odoo_gate.stack.odoo_command import CommandEnd

_KNOWN_MODELS = "SELECT model FROM ir_model"


@dataclass(frozen=True)
class Upgraded:
    """How `odoo -u` ended, and what its log said at WARNING and above."""

    end: CommandEnd
    log: tuple[LogLine, ...]

    @property
    def is_done(self) -> bool:
        return self.end.status == 0


@dataclass(frozen=True)
class Rehearsal:
    """One upgrade of production's database to the candidate.

    `models` are those the upgraded modules define or extend, as far as a user may read them, the largest first.
    `after` is None when the upgrade ended with an error; `restart` is the seconds from its end to the first user the
    candidate answered, or why it never did.
    """

    plan: UpgradePlan
    models: tuple[str, ...]
    before: State
    after: State | None
    upgraded: Upgraded
    locks: LockReport
    probe: ProbeReport
    backup: Backup
    restart: float | str

    def metrics(self) -> list[Metric]:
        return [
            Metric("upgrade", self.upgraded.end.seconds, "s"),
            Metric("backup", self.backup.seconds, "s"),
            Metric("updated", len(self.plan.update), "1"),
            Metric("installed", len(self.plan.install), "1"),
            Metric("rows", sum(self.before.schema.rows.values()), "1"),
        ]


def rehearse(stage: Stage, project: ProjectInvariants) -> Rehearsal:
    """Upgrade the stage's database while users keep trying, then start the candidate on it.

    Raises StackError, TemplateError, AgentError, InvariantsError.
    """
    with stage.connection() as connection:
        plan = plan_upgrade(installed_modules(connection), stage.baseline.graph, stage.candidate.graph)
        models = models_of(connection, plan.update)
    stage.say("measuring the database before the upgrade")
    before = stage.state(stage.baseline, project)
    backup = stage.back_up()
    server = stage.serve(stage.baseline)
    models = readable(server, models)
    restart: float | str = "the upgrade failed"
    tables = frozenset(table.oid for table in before.schema.tables.values())
    with (
        LockWatch(stage.postgres.dsn(stage.database), tables) as watch,
        UserProbe(server, models[:MOST_MODELS]) as probe,
    ):
        upgraded = wait_for(stage, plan)
        ended = time.monotonic()
        stage.stop(server)
        if upgraded.is_done:
            restart = _restart(stage, probe, models[:MOST_MODELS], ended)
    stage.say("measuring the database after the upgrade")
    return Rehearsal(
        plan=plan,
        models=models,
        before=before,
        after=stage.state(stage.candidate, project) if upgraded.is_done else None,
        upgraded=upgraded,
        locks=watch.report,
        probe=probe.report,
        backup=backup,
        restart=restart,
    )


def _restart(stage: Stage, probe: UserProbe, models: Sequence[str], ended: float) -> float | str:
    """Start the candidate's server; returns the seconds from `ended` to the first user it answers, or why none was.

    The baseline's server has just run on the same machine: what keeps the candidate's from it is the release's doing.
    """
    try:
        server = stage.serve(stage.candidate)
    except StackError as error:
        return error.message
    try:
        probe.aim(server, _still_there(stage, models))
        probe.wait_for_success()
        return time.monotonic() - ended
    except StackError as error:
        return error.message
    finally:
        probe.stop()
        stage.stop(server)


def wait_for(stage: Stage, plan: UpgradePlan, database: str = "") -> Upgraded:
    """Run the upgrade to its end and read its log."""
    return ended(stage.upgrade(plan, database).wait())


def ended(end: CommandEnd) -> Upgraded:
    """An upgrade that ended, with its log."""
    with end.log.open(encoding="utf-8", errors="replace") as lines:
        return Upgraded(end, tuple(read_log(lines)))


def failed_upgrade(rehearsal: Rehearsal) -> Finding:
    """Why nothing can be said of the database after the upgrade."""
    return Finding(
        "upgrade-failed",
        f"there is no upgraded database: odoo ended with status {rehearsal.upgraded.end.status}",
        remedy="see migration.upgrade",
    )


def _still_there(stage: Stage, models: Sequence[str]) -> tuple[str, ...]:
    """Of `models`, those the candidate has."""
    with stage.connection() as connection:
        known = {name for (name,) in connection.execute(_KNOWN_MODELS)}
    return tuple(model for model in models if model in known)
