"""What a rehearsal says: of the upgrade itself, of locks, of the time users could not work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from odoo_gate.migration.prediction import Point, predicted
from odoo_gate.migration.rehearsal import Rehearsal, Upgraded
from odoo_gate.migration.upgrade_log import log_findings
from odoo_gate.model import Finding, Metric, Severity
from odoo_gate.settings import MigrationSettings

_MOST_TABLES = 10


def upgrade_findings(upgraded: Upgraded, pending: Mapping[str, str]) -> list[Finding]:
    """`migration.upgrade`: it ended with 0, logged no error, and left no module half-way."""
    findings = log_findings(upgraded.log)
    if not upgraded.is_done:
        message = f"odoo ended with status {upgraded.end.status} after {upgraded.end.seconds:.1f} s"
        findings.append(Finding("upgrade-failed", message, remedy=f"read its log: logs/{upgraded.end.log.name}"))
    for name, state in pending.items():
        findings.append(
            Finding("module-pending", f"{name} is left in state {state!r}", remedy="mend the error that stopped it")
        )
    return findings


def missing_findings(missing: Iterable[str]) -> list[Finding]:
    """Modules production has and the candidate does not: Odoo goes on without them, their data stays behind."""
    remedy = "uninstall it in a migration script of another module, or keep it in the release"
    return [
        Finding(
            "module-missing", f"{name} is installed in production, and the candidate does not have it", remedy=remedy
        )
        for name in missing
    ]


def lock_findings(rehearsal: Rehearsal, settings: MigrationSettings) -> tuple[list[Finding], list[Metric]]:
    """`migration.locks`: no table of before was out of everybody's reach for longer than the objective."""
    report = rehearsal.locks
    metrics = [
        Metric("samples", report.samples, "1"),
        Metric("longest-hold", report.longest.seconds if report.longest else 0.0, "s"),
        Metric("tables-held", len(report.holds), "1"),
        Metric("blocked-sessions", len(report.blocked), "1"),
        Metric("longest-wait", report.blocked[0].seconds if report.blocked else 0.0, "s"),
        Metric("wal", report.wal, "bytes"),
        Metric("disk-before", report.disk_before, "bytes"),
        Metric("disk-peak", report.disk_peak, "bytes"),
    ]
    if not report.samples:
        return [
            Finding("no-samples", "the locks were never looked at", remedy="run again on a machine with time")
        ], metrics
    findings = []
    for hold in report.holds[:_MOST_TABLES]:
        message = f"{hold.table} was locked against everybody for {hold.seconds:.2f} s"
        if hold.seconds > settings.max_lock_seconds:
            remedy = "do less in the transaction that changes this table: fill columns in batches, before or after"
            message = f"{message}, more than migration.max_lock_seconds = {settings.max_lock_seconds:g}"
            findings.append(Finding("lock-too-long", message, remedy=remedy))
        else:
            findings.append(Finding("lock-held", message, Severity.NOTE))
    for wait in report.blocked[:_MOST_TABLES]:
        message = f"a session waited {wait.seconds:.2f} s for a lock, to do: {' '.join(wait.query.split())}"
        findings.append(Finding("session-blocked", message, Severity.NOTE))
    return findings, metrics


def downtime_findings(rehearsal: Rehearsal, settings: MigrationSettings) -> tuple[list[Finding], list[Metric]]:
    """`migration.downtime`: from a user's last success to the next, never longer than the objective."""
    probe = rehearsal.probe
    metrics = [
        Metric("downtime", probe.longest_gap, "s"),
        *([Metric("restart", rehearsal.restart, "s")] if isinstance(rehearsal.restart, float) else []),
        Metric("upgrade", rehearsal.upgraded.end.seconds, "s"),
        Metric("rounds", probe.rounds, "1"),
        Metric("failed-rounds", sum(probe.failures.values()), "1"),
    ]
    findings = [
        Finding("user-saw", f"{count} times a user saw: {seen}", Severity.NOTE)
        for seen, count in sorted(probe.failures.items())
    ]
    if isinstance(rehearsal.restart, str):
        remedy = "see migration.upgrade and the log of odoo-candidate"
        message = f"the candidate never answered a user: {rehearsal.restart}"
        findings.append(Finding("never-served", message, remedy=remedy))
    elif probe.longest_gap > settings.max_downtime_seconds:
        message = (
            f"for {probe.longest_gap:.1f} s, from {probe.gap_from:.1f} s into the upgrade, no user could work; "
            f"migration.max_downtime_seconds = {settings.max_downtime_seconds:g}"
        )
        remedy = "shorten scripts and locks (see migration.locks), or agree on a longer window"
        findings.append(Finding("downtime-too-long", message, remedy=remedy))
    return findings, metrics


def prediction_findings(
    rehearsal: Rehearsal, larger: Rehearsal | None, settings: MigrationSettings, about: Literal["locks", "downtime"]
) -> tuple[list[Finding], list[Metric]]:
    """What production will see, with its rows of gate.toml: by a straight line through two rehearsals.

    Without a second rehearsal nothing is predicted, and a note says so.
    """
    if not settings.production_rows:
        return [], []
    if larger is None:
        message = "gate.toml gives production's rows, but one rehearsal predicts nothing: set migration.second_scale"
        return [Finding("not-predicted", message, Severity.NOTE)], []
    sizes = [_sized(each, settings) for each in (rehearsal, larger)]
    rows = sum(settings.production_rows.values())
    if sizes[0] == sizes[1]:
        message = f"both rehearsals have {sizes[0]} rows in the tables of migration.production_rows"
        return [Finding("not-predicted", message, remedy="choose a larger migration.second_scale")], []
    seconds = [_seconds(each, about) for each in (rehearsal, larger)]
    points = [Point(size, each) for size, each in zip(sizes, seconds, strict=True)]
    expected = predicted(points[0], points[1], rows)
    limit = settings.max_lock_seconds if about == "locks" else settings.max_downtime_seconds
    what = "the longest lock" if about == "locks" else "the time users cannot work"
    message = f"with {rows} rows {what} is predicted at {expected:.1f} s ({points[0]}, {points[1]})"
    too_long = expected > limit
    remedy = "see what grows with the data, or agree on a longer window" if too_long else ""
    found = Finding("predicted", message, Severity.ERROR if too_long else Severity.NOTE, remedy=remedy)
    return [found], [Metric("predicted", expected, "s"), Metric("predicted-for", rows, "1")]


def _sized(rehearsal: Rehearsal, settings: MigrationSettings) -> int:
    return sum(rehearsal.before.schema.rows.get(table, 0) for table in settings.production_rows)


def _seconds(rehearsal: Rehearsal, about: Literal["locks", "downtime"]) -> float:
    """For downtime, the worst case: who stops Odoo for the upgrade waits for all of it."""
    if about == "locks":
        return rehearsal.locks.longest.seconds if rehearsal.locks.longest else 0.0
    restart = rehearsal.restart if isinstance(rehearsal.restart, float) else 0.0
    return rehearsal.upgraded.end.seconds + restart
