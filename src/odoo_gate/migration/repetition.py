"""The same upgrade once more, and one that is killed half-way: neither may harm."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg

from odoo_gate.invariants import ProjectInvariants, Result, compare
from odoo_gate.migration.judgement import upgrade_findings
from odoo_gate.migration.rehearsal import Rehearsal, Upgraded, ended, wait_for
from odoo_gate.migration.stage import Stage
from odoo_gate.migration.state import State, pending_modules
from odoo_gate.model import Finding, Metric, Severity
from odoo_gate.odoo.upgrade_plan import UpgradePlan

_KILLED = 137
_POLL = 0.02
_ATTEMPTS = 3
"""Times an upgrade may be over before it can be killed: of a small module it takes a second."""
_ROLLED_BACK_WITHIN = 30.0
_WRITING = """
SELECT a.backend_xid::text FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid AND l.granted
 WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_xid IS NOT NULL
   AND l.relation = 'ir_module_module'::regclass AND l.mode = 'RowExclusiveLock'
"""
_MOST = 20
_TWICE_REMEDY = (
    "make data files, hooks and scripts give the same result each time: records with an external id, `noupdate` "
    "where users may change them, scripts that look before they write"
)
_ABORTED_REMEDY = "the backup does not bring production back: see what differs before anything is upgraded"
_AGAIN_REMEDY = (
    "let scripts look before they make what no backup of the database takes back: roles, other databases, files, "
    "records of other systems"
)


@dataclass(frozen=True)
class Repeated:
    """What the second upgrade, or the restored backup, says."""

    findings: tuple[Finding, ...]
    metrics: tuple[Metric, ...]


def upgraded_twice(stage: Stage, rehearsal: Rehearsal, project: ProjectInvariants) -> Repeated:
    """`migration.twice`: upgrade the upgraded database again; it must change nothing."""
    once = stage.state(stage.candidate, project)
    again = wait_for(stage, rehearsal.plan)
    twice = stage.state(stage.candidate, project)
    findings = [
        *(each for each in upgrade_findings(again, twice.pending) if each.severity is Severity.ERROR),
        *differences(once, twice, "the second upgrade", "not-idempotent", _TWICE_REMEDY),
    ]
    return Repeated(tuple(findings), (Metric("second-upgrade", again.end.seconds, "s"),))


def aborted(stage: Stage, rehearsal: Rehearsal, project: ProjectInvariants) -> Repeated:
    """`migration.aborted`: kill the upgrade half-way; the backup of before brings everything back and upgrades."""
    killed = _killed(stage, rehearsal)
    if killed.failed is not None:
        return Repeated((_not_repeatable(killed.failed),), (Metric("failed-after", killed.seconds, "s"),))
    started = time.monotonic()
    restored = stage.restore(rehearsal.backup)
    restoring = time.monotonic() - started
    findings = differences(
        rehearsal.before,
        stage.state(stage.baseline, project, restored.database),
        "restoring the backup",
        "not-whole",
        _ABORTED_REMEDY,
    )
    again = wait_for(stage, rehearsal.plan, restored.database)
    with stage.connection(restored.database) as connection:
        pending = pending_modules(connection)
    stage.drop(restored)
    told = [*findings, *(each for each in upgrade_findings(again, pending) if each.severity is Severity.ERROR)]
    if not again.is_done:
        told.append(_not_repeatable(again))
    if not killed.left:
        told.append(
            Finding(
                "not-interrupted",
                "the upgrade was over before it could be killed half-way: nothing was shown",
                remedy="rehearse with more data: a larger data.scale in gate.toml",
            )
        )
    return Repeated(
        tuple(told),
        (
            Metric("killed-after", killed.seconds, "s"),
            Metric("modules-left-half-way", killed.left, "1"),
            Metric("restore", restoring, "s"),
        ),
    )


def differences(before: State, after: State, what: str, rule: str, remedy: str) -> list[Finding]:
    """What `what` changed of a database that should be as it was."""
    said = [*_schema_changes(before, after), *_count_changes(before, after), *_xmlid_changes(before, after)]
    for result in compare(before.invariants, after.invariants):
        if result.outcome is Result.FAILED:
            errors = [each.message for each in result.findings if each.severity is Severity.ERROR]
            said.append(f"{result.id}: {errors[0]}")
    findings = [Finding(rule, f"{what} changes {each}", remedy=remedy) for each in said[:_MOST]]
    if len(said) > _MOST:
        findings.append(Finding(rule, f"{what} changes {len(said) - _MOST} more things", remedy=remedy))
    return findings


def _schema_changes(before: State, after: State) -> Iterator[str]:
    old, new = before.schema.tables, after.schema.tables
    for name in sorted(old.keys() ^ new.keys()):
        yield f"the schema: table {name} {'appears' if name in new else 'disappears'}"
    for name in sorted(old.keys() & new.keys()):
        for kind in ("columns", "constraints", "indexes"):
            was, is_now = _definitions(getattr(old[name], kind)), _definitions(getattr(new[name], kind))
            for part in sorted(was.keys() | is_now.keys()):
                if was.get(part) != is_now.get(part):
                    yield f"the schema: {kind} of {name}: {part} from {was.get(part)} to {is_now.get(part)}"


def _definitions(parts: Mapping[str, object]) -> dict[str, object]:
    """What must be equal; not how many rows a column fills, nor its number: a restored table has none dropped."""
    return {
        name: getattr(part, "definition", None)
        or (getattr(part, "type", ""), getattr(part, "not_null", False), getattr(part, "default", ""))
        for name, part in parts.items()
    }


def _count_changes(before: State, after: State) -> Iterator[str]:
    old, new = before.counts, after.counts
    for table in sorted(old.keys() & new.keys()):
        if old[table] != new[table]:
            yield f"the number of rows of {table} from {old[table]} to {new[table]}"


def _xmlid_changes(before: State, after: State) -> Iterator[str]:
    old, new = before.xmlids, after.xmlids
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"the external id {name} from {old.get(name)} to {new.get(name)}"


@dataclass(frozen=True, slots=True)
class _Killed:
    """Seconds since the upgrade's start, and the modules left to do: 0 when it was faster than we.

    `failed`: it ended with an error before it was killed, though it had worked on production's database.
    """

    seconds: float
    left: int
    failed: Upgraded | None = None


def _killed(stage: Stage, rehearsal: Rehearsal) -> _Killed:
    """An upgrade that was killed half-way; one that was over too soon is tried again, on the backup restored."""
    for _ in range(_ATTEMPTS):
        stage.say("killing an upgrade half-way")
        broken = stage.restore(rehearsal.backup)
        killed = _kill_half_way(stage, rehearsal.plan, broken.database)
        stage.drop(broken)
        if killed.left or killed.failed:
            break
    return killed


def _kill_half_way(stage: Stage, plan: UpgradePlan, database: str) -> _Killed:
    """Kill it when half of its modules are done; one of a single module in the middle of its one transaction."""
    is_single = len(plan.update) + len(plan.install) == 1
    command = stage.upgrade(plan, database)
    transaction: str | None = None
    most = 0
    with stage.connection(database) as connection:
        connection.autocommit = True
        while command.is_running:
            left = len(pending_modules(connection))
            most = max(most, left)
            if is_single:
                transaction = _writing(connection)
            if transaction or (left and left <= max(1, most // 2)):
                break
            time.sleep(_POLL)
        end = command.kill()
        left = len(pending_modules(connection))
        if transaction and _is_aborted(connection, transaction):
            left = max(left, 1)
    if end.status not in (0, _KILLED):
        return _Killed(end.seconds, left, ended(end))
    return _Killed(end.seconds, left if end.status == _KILLED else 0)


def _writing(connection: psycopg.Connection) -> str | None:
    """The transaction in which somebody else changes the list of modules: the upgrade's."""
    row = connection.execute(_WRITING).fetchone()
    return str(row[0]) if row else None


def _is_aborted(connection: psycopg.Connection, transaction: str) -> bool:
    """Whether it came to nothing. PostgreSQL rolls it back when it finds out that its client is gone."""
    deadline = time.monotonic() + _ROLLED_BACK_WITHIN
    while time.monotonic() < deadline:
        row = connection.execute("SELECT pg_xact_status(%s::xid8)", [transaction]).fetchone()
        if row is None or row[0] != "in progress":
            return row is not None and row[0] == "aborted"
        time.sleep(_POLL)
    return False


def _not_repeatable(again: Upgraded) -> Finding:
    """The same upgrade of the same backup, and another end: it left something behind that the backup does not hold."""
    told = [str(line) for line in again.log if line.level in ("ERROR", "CRITICAL")]
    cause = told[-1] if told else f"read its log: logs/{again.end.log.name}"
    message = f"the upgrade works once, and fails after the backup is restored (status {again.end.status}): {cause}"
    return Finding("not-repeatable", message, remedy=_AGAIN_REMEDY)
