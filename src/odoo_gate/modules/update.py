"""Updating a module over itself changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from odoo_gate.model import Finding, Severity
from odoo_gate.modules.install import log_errors
from odoo_gate.modules.places import release_failure
from odoo_gate.modules.snapshot import Snapshot, TableChange, row_changes, take_snapshot
from odoo_gate.modules.volatile import is_volatile
from odoo_gate.odoo.agent_client import ReleaseFailure
from odoo_gate.odoo.store import Clone
from odoo_gate.odoo.testbed import Release, Testbed

_MOST_ROWS = 5
_REMEDY = (
    "make data files and hooks give the same result each time: records with an external id, `noupdate` where "
    "users may change them, no `create` in functions called from data"
)


def update_findings(testbed: Testbed, release: Release, module: str) -> Iterator[Finding]:
    """`modules.update-idempotent`: `-u module` on a fresh install leaves schema and rows as they were.

    What only the first update changes is a warning: installing and updating differ then, but every later update
    finds everything in place. What a second one changes again is an error.
    """
    try:
        template = testbed.exact_template(release, module)
    except ReleaseFailure as failure:
        remedy = "see modules.installs-alone"
        yield release_failure(release.graph, "install-failed", f"installing {module}", failure, remedy)
        return
    with testbed.clone(template) as clone:
        try:
            findings, changes = _compare(testbed, release, module, clone)
        except ReleaseFailure as failure:
            remedy = f"make `odoo -u {module}` work on a database where it is already installed"
            yield release_failure(release.graph, "update-failed", f"updating {module}", failure, remedy)
            return
        yield from findings
        if changes:
            with testbed.clone(template) as untouched:
                yield from _explained(testbed, module, changes, untouched, clone)


@dataclass(frozen=True, slots=True)
class Changes:
    """What updating changed, and whether it does so each time."""

    before: Snapshot
    after: Snapshot
    each_time: bool


def _compare(testbed: Testbed, release: Release, module: str, clone: Clone) -> tuple[list[Finding], Changes | None]:
    """Update once; when that changes something, once more. Findings are those of the logs."""
    dsn = testbed.postgres.dsn(clone.database)
    installed = _snapshot(dsn)
    first = release.agent.update(clone.database, [module])
    findings = list(log_errors(release.graph, first.log, f"updating {module}"))
    once = _snapshot(dsn)
    if not differs(installed, once):
        return findings, None
    second = release.agent.update(clone.database, [module])
    findings += log_errors(release.graph, second.log, f"updating {module} again")
    twice = _snapshot(dsn)
    if differs(once, twice):
        return findings, Changes(once, twice, each_time=True)
    return findings, Changes(installed, once, each_time=False)


def _explained(testbed: Testbed, module: str, changes: Changes, untouched: Clone, updated: Clone) -> Iterator[Finding]:
    with (
        psycopg.connect(testbed.postgres.dsn(untouched.database)) as before,
        psycopg.connect(testbed.postgres.dsn(updated.database)) as after,
    ):
        yield from differences(module, changes, before, after)


def differs(before: Snapshot, after: Snapshot) -> bool:
    return before.schema != after.schema or bool(row_changes(before, after))


def differences(
    module: str, changes: Changes, before: psycopg.Connection, after: psycopg.Connection
) -> Iterator[Finding]:
    """What updating changed: a finding for each schema object and for each table.

    `before` and `after` are the databases as installed and as updated, to name records and columns.
    """
    severity = Severity.ERROR if changes.each_time else Severity.WARNING
    when = "each update" if changes.each_time else "the first update, and no later one,"
    old_schema, new_schema = changes.before.schema, changes.after.schema
    for kind, name in sorted(old_schema.keys() | new_schema.keys()):
        old, new = old_schema.get((kind, name)), new_schema.get((kind, name))
        if old != new:
            verb = "adds" if old is None else "removes" if new is None else "changes"
            detail = f" from {old!r} to {new!r}" if verb == "changes" else ""
            message = f"{when} of {module} {verb} {kind} {name}{detail}"
            yield Finding("update-changes-schema", message, severity, remedy=_REMEDY)
    for change in row_changes(changes.before, changes.after):
        message = f"{when} of {module} {_told(change, before, after)}"
        yield Finding("update-changes-data", message, severity, remedy=_REMEDY)


def _told(change: TableChange, before: psycopg.Connection, after: psycopg.Connection) -> str:
    parts = []
    verbs = (("adds", change.added, after), ("removes", change.removed, before), ("changes", change.changed, after))
    for verb, keys, connection in verbs:
        if keys:
            names = ", ".join(_name(connection, change.table, key) for key in keys[:_MOST_ROWS])
            more = f" and {len(keys) - _MOST_ROWS} more" if len(keys) > _MOST_ROWS else ""
            rows = "1 row" if len(keys) == 1 else f"{len(keys)} rows"
            parts.append(f"{verb} {rows} of {change.table} ({names}{more})")
    columns = _changed_columns(change, before, after)
    return ", ".join(parts) + (f": {', '.join(columns)}" if columns else "")


def _changed_columns(change: TableChange, before: psycopg.Connection, after: psycopg.Connection) -> list[str]:
    old, new = _rows_of(before, change), _rows_of(after, change)
    return sorted(
        {
            column
            for key in old.keys() & new.keys()
            for column, value in new[key].items()
            if old[key].get(column) != value and not is_volatile(change.table, column)
        }
    )


def _rows_of(connection: psycopg.Connection, change: TableChange) -> dict[int, dict[str, object]]:
    """The first changed rows as they are in one database, by id."""
    ids = [int(key) for key in change.changed[:_MOST_ROWS] if key.isdigit()]
    query = sql.SQL("SELECT * FROM {} WHERE id = ANY(%s)").format(sql.Identifier(change.table))
    with connection.cursor(row_factory=dict_row) as cursor:
        return {row["id"]: row for row in cursor.execute(query, [ids])} if ids else {}


def _name(connection: psycopg.Connection, table: str, key: str) -> str:
    """The external id of a row, or its id."""
    if not key.isdigit():
        return "a row without an id"
    found = connection.execute(
        "SELECT module || '.' || name FROM ir_model_data WHERE replace(model, '.', '_') = %s AND res_id = %s "
        "ORDER BY id LIMIT 1",
        [table, int(key)],
    ).fetchone()
    return str(found[0]) if found else f"id {key}"


def _snapshot(dsn: str) -> Snapshot:
    with psycopg.connect(dsn) as connection:
        return take_snapshot(connection)
