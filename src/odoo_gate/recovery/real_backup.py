"""`odoo-gate recovery verify-backup`: a real backup restored, started and used, on this machine and nowhere else."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from odoo_gate.invariants import ProjectInvariants, Result, holding, nothing_asked, take_snapshot
from odoo_gate.model import Finding, Metric, Say, Severity, silent
from odoo_gate.odoo.agent_client import ReleaseFailure
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.recovery.encryption import BackupError
from odoo_gate.recovery.filestore import Filestores
from odoo_gate.recovery.foreign import open_backup
from odoo_gate.recovery.journeys import Step, first_journey, run_journeys
from odoo_gate.recovery.manifest import Backup, DatabaseFacts
from odoo_gate.recovery.objectives import objectives_of
from odoo_gate.recovery.restore import Target, restore_backup
from odoo_gate.recovery.verification import (
    attachment_findings,
    finding_of,
    restored_findings,
    stored_findings,
    zip_findings,
)
from odoo_gate.settings import Settings

_LET_IN = Path(__file__).parent / "inside" / "let_in.py"
_NAMED = 8


@dataclass
class Verified:
    """What a real backup was found to be: findings by check, in the order they were asked; figures; journeys."""

    findings: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    metrics: list[Metric] = field(default_factory=list)
    steps: tuple[Step, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether every question was asked and none found an error."""
        asked = self.findings.keys() >= {"backup", "restore", "attachments", "invariants", "journeys"}
        return asked and not any(each.severity is Severity.ERROR for found in self.findings.values() for each in found)


def verify_backup(
    testbed: Testbed,
    release: Release,
    path: Path,
    filestore: Path | None,
    work: Path,
    *,
    key: bytes | None = None,
    say: Say = silent,
) -> Verified:
    """Restore `path` into an isolated stack, serve it with `release` and work with it.

    Raises UsageError when `path` is no backup, StackError when the machine is to blame.
    """
    verified = Verified()
    own = ProjectInvariants.of(testbed.settings)
    backup = open_backup(path, filestore, work)
    verified.findings["backup"] = (
        *_lying_there(backup.folder, path, stored_findings(backup, key)),
        *_age_findings(backup, testbed.settings),
    )
    if any(each.severity is Severity.ERROR for each in verified.findings["backup"]):
        return verified
    postgres = testbed.start_postgres()
    name = testbed.store.new_database().database
    target = Target(postgres, name, Filestores(testbed.start_files()), testbed.settings.database.extensions)
    started = time.monotonic()
    try:
        restored = restore_backup(backup, target, key=key, say=say)
    except BackupError as error:
        verified.findings["restore"] = (finding_of(error),)
        return verified
    facts = restored.facts
    files = release.agent.files_checksums(name)
    verified.metrics += [
        Metric("restore_seconds", restored.database_seconds + restored.files_seconds, "s"),
        Metric("rows", facts.rows, "1"),
        Metric("attachments", len(facts.attachments), "1"),
    ]
    verified.findings["restore"] = (
        *restored_findings(backup.manifest.facts, facts),
        *fitting_findings(facts, release, testbed.settings.project.series),
    )
    verified.findings["attachments"] = tuple(attachment_findings(facts, files))
    with psycopg.connect(postgres.dsn(name)) as connection:
        snapshot = take_snapshot(connection, files, own.customs, retention_accounts=own.retention_accounts)
    results = holding(snapshot)
    applied = [result for result in results if result.outcome is not Result.NOT_APPLICABLE]
    verified.metrics.append(Metric("invariants", len(applied), "1"))
    said = tuple(each for result in applied for each in result.findings)
    verified.findings["invariants"] = (*nothing_asked(results), *said)
    if any(each.severity is Severity.ERROR for each in verified.findings["restore"]):
        return verified
    try:
        verified.steps = _work(testbed, release, target, say)
        verified.findings["journeys"] = ()
    except BackupError as error:
        verified.findings["journeys"] = (finding_of(error),)
    verified.metrics.append(Metric("total_seconds", time.monotonic() - started, "s"))
    return verified


def fitting_findings(facts: DatabaseFacts, release: Release, series: str) -> Iterator[Finding]:
    """Whether the project's own release can serve the database at all."""
    if facts.series != series:
        message = f"the backup is of an Odoo {facts.series or 'of unknown series'}, the project is for {series}"
        yield Finding("another-series", message, remedy="give a backup of that series, or the project it belongs to")
        return
    unknown = sorted(facts.modules.keys() - release.graph.addons.keys())
    if unknown:
        more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
        message = f"{len(unknown)} installed modules are not in the {release.name}: {', '.join(unknown[:_NAMED])}{more}"
        yield Finding("unknown-modules", message, remedy="add them to addons.paths or addons.requirements in gate.toml")


def _lying_there(folder: Path, path: Path, own: Iterator[Finding]) -> Iterator[Finding]:
    """A foreign zip has no manifest of ours: its own checksums are asked."""
    yield from own
    if path.suffix == ".zip" and folder != path:
        yield from zip_findings(path)


def _age_findings(backup: Backup, settings: Settings) -> Iterator[Finding]:
    """A warning only: an old backup may be verified on purpose. The age of a foreign one is its file's."""
    age = (datetime.now(UTC) - backup.manifest.taken).total_seconds()
    rpo = objectives_of(settings.recovery, settings.policy.environment).rpo
    if age > rpo:
        message = f"the backup is {age / 3600:,.1f} h old, older than the RPO of {rpo / 3600:,.1f} h"
        yield Finding("backup-too-old", message, Severity.WARNING, remedy="look whether there is a newer one")


def _work(testbed: Testbed, release: Release, target: Target, say: Say) -> tuple[Step, ...]:
    password = secrets.token_urlsafe(12)
    agent = testbed.start_agent(release, target.postgres.address)
    try:
        user = agent.run_script(target.database, _LET_IN, "let_in", {"password": password}, say=say).result["login"]
    except ReleaseFailure as error:
        raise BackupError(
            "does-not-load", f"Odoo cannot load the database: {error.message}", hint=error.hint
        ) from error
    server = testbed.start_server(release, target.database, postgres=target.postgres.address)
    try:
        session, first = first_journey(server, user, password)
        return (*first, *run_journeys(session))
    finally:
        testbed.stop_server(server)
