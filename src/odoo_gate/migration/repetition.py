"""The same upgrade once more, and one that is killed half-way: neither may harm."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from odoo_gate.errors import StackError
from odoo_gate.invariants import ProjectInvariants, Result, compare
from odoo_gate.migration.judgement import upgrade_findings
from odoo_gate.migration.rehearsal import Rehearsal, wait_for
from odoo_gate.migration.stage import Stage
from odoo_gate.migration.state import State, pending_modules
from odoo_gate.model import Finding, Metric, Severity
from odoo_gate.stack.odoo_command import OdooCommand

_KILLED = 137
_POLL = 0.02
_MOST = 20
_TWICE_REMEDY = (
    "make data files, hooks and scripts give the same result each time: records with an external id, `noupdate` "
    "where users may change them, scripts that look before they write"
)
_ABORTED_REMEDY = "the backup does not bring production back: see what differs before anything is upgraded"


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
    stage.say("killing an upgrade half-way")
    broken = stage.restore(rehearsal.backup)
    killed_after, left = _kill_half_way(stage, stage.upgrade(rehearsal.plan, broken.database), broken.database)
    stage.drop(broken)
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
    if not left:
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
            Metric("killed-after", killed_after, "s"),
            Metric("modules-left-half-way", left, "1"),
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


def _kill_half_way(stage: Stage, command: OdooCommand, database: str) -> tuple[float, int]:
    """Kill it when half of the modules are done; returns seconds since its start and the modules left to do.

    0 modules left: it was faster than we.
    """
    most = 0
    with stage.connection(database) as connection:
        connection.autocommit = True
        while command.is_running:
            left = len(pending_modules(connection))
            most = max(most, left)
            if left and left <= max(1, most // 2):
                break
            time.sleep(_POLL)
        end = command.kill()
        left = len(pending_modules(connection))
    if end.status not in (0, _KILLED):
        raise StackError(
            f"the upgrade that was to be killed ended with status {end.status} by itself",
            hint=f"read its log: {end.log}",
        )
    return end.seconds, left if end.status == _KILLED else 0
