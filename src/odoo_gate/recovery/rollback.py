"""Back to the baseline after the candidate was deployed and people worked with it: does it serve, and what is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from odoo_gate.errors import StackError
from odoo_gate.model import Finding, Say, Severity, silent
from odoo_gate.odoo.agent_client import ReleaseFailure
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.odoo.upgrade_plan import installed_modules, plan_upgrade
from odoo_gate.recovery.backup import Source, take_backup
from odoo_gate.recovery.business import Lost, entered_since, lost_documents
from odoo_gate.recovery.continuity import continue_business
from odoo_gate.recovery.encryption import BackupError
from odoo_gate.recovery.journeys import Step, first_journey, run_journeys
from odoo_gate.recovery.manifest import Backup
from odoo_gate.recovery.restore import Target, restore_backup
from odoo_gate.settings import RecoverySettings
from odoo_gate.stack.postgres import Postgres

_UPDATE_SECONDS = 3600.0
_SCRIPT_REMEDY = "mend recovery.rollback_script: it must turn the candidate's database into the baseline's"


@dataclass(frozen=True)
class Rollback:
    """A rollback that came to its end; times in seconds, `ended` POSIX.

    `entered` is how many records people made on the candidate, by model; `lost` what of them the baseline lacks.
    """

    deploy_seconds: float
    seconds: float
    ended: float
    entered: Mapping[str, int]
    lost: tuple[Lost, ...]
    steps: tuple[Step, ...]


def rehearse_rollback(
    testbed: Testbed,
    source: Source,
    baseline: Release,
    folder: Path,
    *,
    key: bytes | None = None,
    say: Say = silent,
) -> Rollback:
    """Deploy the candidate on the baseline's database in `source`, work with it, and take it back as gate.toml says.

    Raises BackupError when the way back does not work, StackError when the machine is to blame.
    """
    settings = testbed.settings.recovery
    backup = None
    if settings.rollback == "restore":
        backup = take_backup(source, folder, settings.method, key=key, say=say)
    started = time.monotonic()
    _deploy(testbed, source, baseline, say)
    deploy_seconds = time.monotonic() - started
    since = _clock(source.postgres, source.database)
    entered = _work_on_candidate(testbed, source, say)
    with psycopg.connect(source.postgres.dsn(source.database)) as connection:
        documents = entered_since(connection, since)
    started = time.monotonic()
    say(f"rolling back: {settings.rollback}")
    database = _take_back(testbed, source, settings, backup, key, say)
    server = testbed.start_server(baseline, database, postgres=source.postgres.address)
    session, first = first_journey(server)
    seconds = time.monotonic() - started
    steps = (*first, *run_journeys(session))
    ended = time.time()
    testbed.stop_server(server)
    with psycopg.connect(source.postgres.dsn(database)) as connection:
        lost = lost_documents(documents, connection)
    return Rollback(deploy_seconds, seconds, ended, entered, lost, steps)


def rollback_findings(result: Rollback) -> Iterator[Finding]:
    """`recovery.rollback`: people worked on the candidate, and the baseline serves afterwards."""
    if not any(result.entered.values()):
        message = "nothing was entered on the candidate: what a rollback loses was not measured"
        yield Finding("no-business", message, remedy="look why the candidate took no documents")
    if not result.steps:
        yield Finding("no-journeys", "no journey ran on the baseline", remedy="look at the run's log")


def rollback_loss_findings(
    lost: Sequence[Lost], settings: RecoverySettings, rpo: float, ended: float
) -> Iterator[Finding]:
    """`recovery.rollback-loss`: what is lost, named; an error above the tolerance.

    Without a declared tolerance nothing that was entered longer than `rpo` seconds before `ended` (POSIX) may be lost.
    """
    documents = sum(loss.gone for loss in lost)
    hours = sum(loss.hours for loss in lost)
    told = ", ".join(str(loss) for loss in lost) or "nothing"
    remedy = (
        "roll back by a script that keeps what was entered, or raise the tolerance in [recovery] to what was agreed"
    )
    most, most_hours = settings.max_lost_documents, settings.max_lost_hours
    if most is not None and documents > most:
        message = f"a rollback loses {documents} documents, more than the {most} tolerated: {told}"
        yield Finding("too-many-lost", message, remedy=remedy)
    if most_hours is not None and hours > most_hours:
        message = f"a rollback loses {hours:g} hours of timesheets, more than the {most_hours:g} tolerated: {told}"
        yield Finding("too-many-hours-lost", message, remedy=remedy)
    oldest = min((loss.oldest for loss in lost if loss.oldest is not None), default=None)
    age = ended - oldest.replace(tzinfo=UTC).timestamp() if oldest else 0.0
    if most is None and age > rpo:
        message = f"a rollback loses documents up to {age:,.0f} s old, older than the RPO of {rpo:,.0f} s: {told}"
        yield Finding("lost-beyond-rpo", message, remedy=f"{remedy} (max_lost_documents)")
    yield Finding("lost", f"what a rollback loses of what was entered meanwhile: {told}", Severity.NOTE)


def _deploy(testbed: Testbed, source: Source, baseline: Release, say: Say) -> None:
    """What changed updated, what is new installed, by Odoo's own command, as production does it."""
    candidate = testbed.candidate
    with psycopg.connect(source.postgres.dsn(source.database)) as connection:
        plan = plan_upgrade(installed_modules(connection), baseline.graph, candidate.graph)
    say(f"deploying the candidate: odoo {' '.join(plan.arguments)}")
    command = testbed.start_command(candidate, source.database, plan.arguments, postgres=source.postgres.address)
    end = command.wait(_UPDATE_SECONDS)
    if end.status != 0:
        raise BackupError(
            "deployment-failed",
            f"the candidate could not be deployed: odoo ended with status {end.status}",
            hint=f"see the migration checks, and the log: {end.log.name}",
        )


def _work_on_candidate(testbed: Testbed, source: Source, say: Say) -> Mapping[str, int]:
    server = testbed.start_server(testbed.candidate, source.database, postgres=source.postgres.address)
    try:
        session, _ = first_journey(server)
        return continue_business(session, "candidate", say)
    finally:
        testbed.stop_server(server)


def _take_back(
    testbed: Testbed, source: Source, settings: RecoverySettings, backup: Backup | None, key: bytes | None, say: Say
) -> str:
    """Returns the name of the database the baseline is to serve."""
    if backup is not None:
        name = testbed.store.new_database().database
        target = Target(source.postgres, name, source.filestores, testbed.settings.database.extensions)
        restore_backup(backup, target, key=key, say=say)
        return name
    script = testbed.settings.resolve(settings.rollback_script)
    if script.suffix == ".sql":
        _run_sql(source, script)
    else:
        _run_python(testbed, source, script, say)
    return source.database


def _run_sql(source: Source, script: Path) -> None:
    try:
        with psycopg.connect(source.postgres.dsn(source.database)) as connection:
            connection.execute(script.read_bytes())
    except psycopg.Error as error:
        raise BackupError("rollback-failed", f"{script.name}: {error}", hint=_SCRIPT_REMEDY) from error


def _run_python(testbed: Testbed, source: Source, script: Path, say: Say) -> None:
    agent = testbed.start_agent(testbed.candidate, source.postgres.address)
    try:
        agent.run_script(source.database, script, "downgrade", say=say)
    except ReleaseFailure as error:
        raise BackupError("rollback-failed", f"{script.name}: {error.message}", hint=_SCRIPT_REMEDY) from error


def _clock(postgres: Postgres, database: str) -> datetime:
    try:
        with psycopg.connect(postgres.dsn(database)) as connection:
            row = connection.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'").fetchone()
    except psycopg.Error as error:
        raise StackError(f"{database} cannot be read: {error}", hint="look whether its server runs") from error
    assert row is not None
    moment: datetime = row[0]
    return moment
