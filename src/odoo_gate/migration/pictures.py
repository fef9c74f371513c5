"""What an upgrade looked like from outside: which tables were out of reach, and for how long nobody could work."""

from __future__ import annotations

from odoo_gate.migration.rehearsal import Rehearsal
from odoo_gate.picture import MAX_LINES, Line, Mark, Picture, Shape
from odoo_gate.settings import MigrationSettings

_SINCE = "seconds since the upgrade began"


def lock_picture(rehearsal: Rehearsal, settings: MigrationSettings) -> Picture | None:
    """The longest hold of each table that was there before, in order of time; None where none was seen."""
    report = rehearsal.locks
    held = sorted(report.holds[:MAX_LINES], key=lambda hold: hold.started)
    longest = report.longest
    if longest is None:
        return None
    return Picture(
        Shape.SPANS,
        "Tables that nobody could use during the upgrade",
        f"The longest lock held {longest.table} for {longest.seconds:.2f} s; "
        f"{settings.max_lock_seconds:g} s are allowed. "
        f"{len(held)} of {len(report.holds)} tables are shown, seen in {report.samples} samples.",
        _SINCE,
        "table",
        tuple(Line(hold.table, ((hold.started, hold.started + hold.seconds),)) for hold in held),
        (Mark(report.seconds, "upgrade ended"),),
    )


def downtime_picture(rehearsal: Rehearsal, settings: MigrationSettings) -> Picture:
    """When nobody could work, beside the upgrade itself and the start of the candidate."""
    probe, ended = rehearsal.probe, rehearsal.upgraded.end.seconds
    lines = [Line("the upgrade ran", ((0.0, ended),))]
    if isinstance(rehearsal.restart, float):
        lines.append(Line("the candidate started", ((ended, ended + rehearsal.restart),)))
    lines.append(Line("nobody could work", ((probe.gap_from, probe.gap_from + probe.longest_gap),)))
    failed = sum(probe.failures.values())
    return Picture(
        Shape.SPANS,
        "Who had to wait on upgrade night",
        f"At the longest, nobody could work for {probe.longest_gap:.1f} s; {settings.max_downtime_seconds:g} s are "
        f"allowed. A user tried {probe.rounds} times and failed {failed} times.",
        _SINCE,
        "what",
        tuple(lines),
    )
