"""Updating a module over itself changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from odoo_gate.model import Finding, Severity
from odoo_gate.modules.install import log_errors
from odoo_gate.modules.places import release_failure
from odoo_gate.modules.snapshot import Snapshot, TableChange, row_changes, take_snapshot
from odoo_gate.modules.volatile import is_volatile
from odoo_gate.odoo.agent_client import ReleaseFailure
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
            yield from _compare(release, module, clone.database, testbed.postgres.dsn(clone.database))
        except ReleaseFailure as failure:
            remedy = f"make `odoo -u {module}` work on a database where it is already installed"
            yield release_failure(release.graph, "update-failed", f"updating {module}", failure, remedy)


def _compare(release: Release, module: str, database: str, dsn: str) -> Iterator[Finding]:
    installed = _snapshot(dsn)
    first = release.agent.update(database, [module])
    yield from log_errors(release.graph, first.log, f"updating {module}")
    once = _snapshot(dsn)
    if not differs(installed, once):
        return
    with psycopg.connect(dsn) as connection:
        kept = _rows_of(connection, row_changes(installed, once))
    second = release.agent.update(database, [module])
    yield from log_errors(release.graph, second.log, f"updating {module} again")
    twice = _snapshot(dsn)
    with psycopg.connect(dsn) as connection:
        if differs(once, twice):
            yield from differences(module, connection, once, twice, kept, Severity.ERROR)
        else:
            yield from differences(module, connection, installed, once, {}, Severity.WARNING)


def differs(before: Snapshot, after: Snapshot) -> bool:
    return before.schema != after.schema or bool(row_changes(before, after))


def differences(
    module: str,
    connection: psycopg.Connection,
    before: Snapshot,
    after: Snapshot,
    kept: dict[tuple[str, str], dict[str, object]],
    severity: Severity,
) -> Iterator[Finding]:
    """What an update changed, a finding for each table and each schema object.

    `kept` holds rows as they were before, by (table, id), so that columns can be named.
    """
    when = "each update" if severity is Severity.ERROR else "the first update, and no later one,"
    for kind, name in sorted(before.schema.keys() | after.schema.keys()):
        old, new = before.schema.get((kind, name)), after.schema.get((kind, name))
        if old != new:
            verb = "adds" if old is None else "removes" if new is None else "changes"
            detail = f" from {old!r} to {new!r}" if verb == "changes" else ""
            message = f"{when} of {module} {verb} {kind} {name}{detail}"
            yield Finding("update-changes-schema", message, severity, remedy=_REMEDY)
    for change in row_changes(before, after):
        message = f"{when} of {module} {_told(connection, change, kept)}"
        yield Finding("update-changes-data", message, severity, remedy=_REMEDY)


def _told(
    connection: psycopg.Connection, change: TableChange, kept: dict[tuple[str, str], dict[str, object]]
) -> str:
    parts = []
    for verb, keys in (("adds", change.added), ("removes", change.removed), ("changes", change.changed)):
        if keys:
            names = ", ".join(_name(connection, change.table, key) for key in keys[:_MOST_ROWS])
            more = f" and {len(keys) - _MOST_ROWS} more" if len(keys) > _MOST_ROWS else ""
            parts.append(f"{verb} {len(keys)} row{'s' if len(keys) > 1 else ''} of {change.table}: {names}{more}")
    columns = _changed_columns(connection, change, kept)
    return "; ".join(parts) + (f" (columns {', '.join(columns)})" if columns else "")


def _changed_columns(
    connection: psycopg.Connection, change: TableChange, kept: dict[tuple[str, str], dict[str, object]]
) -> list[str]:
    now = _rows_of(connection, [change])
    return sorted(
        {
            column
            for key in change.changed
            for column, value in now.get((change.table, key), {}).items()
            if (change.table, key) in kept
            and kept[change.table, key].get(column) != value
            and not is_volatile(change.table, column)
        }
    )


def _rows_of(
    connection: psycopg.Connection, changes: list[TableChange]
) -> dict[tuple[str, str], dict[str, object]]:
    found: dict[tuple[str, str], dict[str, object]] = {}
    for change in changes:
        ids = [int(key) for key in change.changed[:_MOST_ROWS] if key.isdigit()]
        if not ids:
            continue
        query = sql.SQL("SELECT * FROM {} WHERE id = ANY(%s)").format(sql.Identifier(change.table))
        with connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(query, [ids]):
                found[change.table, str(row["id"])] = row
    return found


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
