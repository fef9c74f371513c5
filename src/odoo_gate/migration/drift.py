"""How an upgraded database differs from one the candidate was freshly installed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from odoo_gate.migration.declarations import Change
from odoo_gate.migration.schema import Column, Part, Schema, Table, plain
from odoo_gate.model import Finding, Severity

_REMEDY = (
    "bring it about in a migration script: whoever installs the release today has another schema than production; "
    "if it is meant, declare it: [[migration.declared]] in gate.toml"
)


def drift(upgraded: Schema, fresh: Schema) -> list[Change]:
    """`migration.schema-drift`: what every fresh install has must be in the upgraded database, and be the same.

    Production may have more modules than the release installs, so tables and fields of others are not compared.
    """
    changes: list[Change] = []
    for name in sorted(fresh.tables):
        table = upgraded.tables.get(name)
        if table is None:
            changes.append(_change(name, "table-missing", f"table {name} is missing after the upgrade"))
            continue
        changes += _columns(name, table, fresh.tables[name], upgraded)
        changes += _parts(name, "constraint", table.constraints, fresh.tables[name].constraints, table)
        changes += _parts(name, "index", table.indexes, fresh.tables[name].indexes, table)
    return changes


def _change(target: str, rule: str, message: str, severity: Severity = Severity.ERROR) -> Change:
    return Change(target, Finding(rule, message, severity, remedy=_REMEDY if severity is not Severity.NOTE else ""))


def _columns(table: str, upgraded: Table, fresh: Table, schema: Schema) -> Iterator[Change]:
    for name in sorted(upgraded.columns.keys() | fresh.columns.keys()):
        target = f"{table}.{name}"
        here, there = upgraded.columns.get(name), fresh.columns.get(name)
        if here is None:
            if not name.startswith("x_"):  # made by users' settings, not by modules
                yield _change(target, "column-missing", f"column {target} is missing after the upgrade")
        elif there is None:
            if target not in schema.fields:
                yield _left_over(target, here)
        elif here.type != there.type:
            message = f"column {target} is {here.type} after the upgrade, {there.type} in a fresh install"
            yield _change(target, "type-differs", message)
        elif there.not_null and not here.not_null:
            yield _change(target, "not-null-missing", f"column {target} may be empty after the upgrade only")
        elif here.not_null and not there.not_null:
            message = f"column {target} must not be empty after the upgrade, and may be in a fresh install"
            yield _change(target, "not-null-left", message, Severity.WARNING if here.default else Severity.ERROR)


def _left_over(target: str, column: Column) -> Change:
    blocks = column.not_null and not column.default
    message = f"column {target}, which no fresh install has, is left by the upgrade"
    return _change(target, "column-left", message, Severity.ERROR if blocks else Severity.WARNING)


def _parts(
    table: str, kind: str, upgraded: Mapping[str, Part], fresh: Mapping[str, Part], columns: Table
) -> Iterator[Change]:
    """Constraints and indexes by what they do, not by their names, which PostgreSQL shortens."""
    here = {plain(part) for part in upgraded.values()}
    there = {plain(part) for part in fresh.values()}
    for name, part in sorted(fresh.items()):
        if plain(part) not in here and set(part.columns) <= columns.columns.keys():
            message = f"{kind} {name} of {table} is missing after the upgrade: {part.definition}"
            yield _change(f"{table}.{name}", f"{kind}-missing", message)
    for name, part in sorted(upgraded.items()):
        if plain(part) not in there and name not in fresh and not any(each.startswith("x_") for each in part.columns):
            message = f"{kind} {name} of {table} is only there after an upgrade: {part.definition}"
            yield _change(f"{table}.{name}", f"{kind}-left", message, Severity.NOTE)
