"""What an upgrade did to the schema, object by object; what destroys data must be declared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from odoo_gate.migration.declarations import Change
from odoo_gate.migration.schema import Column, Part, Schema, Table, plain
from odoo_gate.model import Finding, Severity

SameData = Callable[[str, str, str], bool]
"""(table, column before, column after) → whether both hold the same, row by row."""

_DECLARE = "keep it or move it in a migration script; if it is meant, declare it: [[migration.declared]] in gate.toml"


@dataclass(frozen=True, slots=True)
class Scale:
    """How large production's tables are: `rows` where gate.toml says so, else as rehearsed; `big` from there on."""

    rows: Mapping[str, int]
    big: int

    def expected(self, table: str, rehearsed: int) -> int:
        return self.rows.get(table, rehearsed)

    def is_big(self, table: str, rehearsed: int) -> bool:
        return self.expected(table, rehearsed) >= self.big


@dataclass(frozen=True, slots=True)
class Pair:
    """A table before and after, known by its id in the catalogue; `renamed` maps old column names to new ones."""

    name: str
    new_name: str
    before: Table
    after: Table
    renamed: Mapping[str, str]


def review(before: Schema, after: Schema, scale: Scale, same_data: SameData) -> list[Change]:
    """`migration.schema`: every change between two schemas of one database, told by severity."""
    pairs, dropped = _paired(before, after)
    changes = [*_dropped_tables(dropped), *_sequences(before, after)]
    for pair in pairs:
        changes += [
            *_table_changes(pair, scale),
            *_dropped_columns(pair, same_data),
            *_column_changes(pair, scale),
            *_lost_parts(pair, "constraint", pair.before.constraints, pair.after.constraints),
            *_lost_parts(pair, "index", pair.before.indexes, pair.after.indexes),
            *_orphans(pair, before, after),
        ]
    return changes


def _change(
    target: str, rule: str, message: str, severity: Severity = Severity.ERROR, remedy: str = _DECLARE
) -> Change:
    return Change(target, Finding(rule, message, severity, remedy=remedy if severity is not Severity.NOTE else ""))


def _paired(before: Schema, after: Schema) -> tuple[list[Pair], dict[str, Table]]:
    """Tables of both sides, and those that are gone. A name beats an id: scripts may make a table anew."""
    by_oid = {table.oid: name for name, table in after.tables.items()}
    pairs, dropped = [], {}
    for name, table in before.tables.items():
        new_name = name if name in after.tables else by_oid.get(table.oid)
        if new_name is None:
            dropped[name] = table
            continue
        new = after.tables[new_name]
        pairs.append(Pair(name, new_name, table, new, _renames(table, new)))
    return pairs, dropped


def _renames(before: Table, after: Table) -> dict[str, str]:
    if before.oid != after.oid:
        return {}
    by_number = {column.number: name for name, column in after.columns.items()}
    gone = before.columns.keys() - after.columns.keys()
    return {name: by_number[before.columns[name].number] for name in gone if before.columns[name].number in by_number}


def _dropped_tables(dropped: Mapping[str, Table]) -> Iterator[Change]:
    for name, table in sorted(dropped.items()):
        severity = Severity.ERROR if table.rows else Severity.NOTE
        yield _change(name, "table-dropped", f"table {name} with {table.rows} rows is dropped", severity)


def _sequences(before: Schema, after: Schema) -> Iterator[Change]:
    for name in sorted(set(before.sequences) - set(after.sequences)):
        yield _change(
            name, "sequence-dropped", f"sequence {name} is dropped", Severity.WARNING, "see that nothing counts on"
        )


def _table_changes(pair: Pair, scale: Scale) -> Iterator[Change]:
    if pair.name != pair.new_name:
        message = f"table {pair.name} is renamed to {pair.new_name}"
        yield _change(pair.name, "table-renamed", message, Severity.NOTE)
    if pair.before.file != pair.after.file and pair.before.rows:
        rows = scale.expected(pair.name, pair.before.rows)
        big = scale.is_big(pair.name, pair.before.rows)
        message = f"table {pair.name} is written anew, {rows} rows in production: nobody can use it meanwhile"
        remedy = (
            "add a column, fill it in batches and switch over, or declare it with how long it takes: "
            "[[migration.declared]] in gate.toml"
        )
        yield _change(pair.name, "table-rewritten", message, Severity.ERROR if big else Severity.NOTE, remedy)


def _dropped_columns(pair: Pair, same_data: SameData) -> Iterator[Change]:
    gone = {
        name: column
        for name, column in pair.before.columns.items()
        if name not in pair.after.columns and name not in pair.renamed
    }
    known = pair.before.columns.keys() | set(pair.renamed.values())
    new = {name: column for name, column in pair.after.columns.items() if name not in known}
    for name, new_name in sorted(pair.renamed.items()):
        message = f"column {pair.name}.{name} is renamed to {new_name}"
        yield _change(f"{pair.name}.{name}", "column-renamed", message, Severity.NOTE)
    for name, column in sorted(gone.items()):
        yield _gone(pair, name, column, new, same_data)


def _gone(pair: Pair, name: str, column: Column, new: Mapping[str, Column], same_data: SameData) -> Change:
    target = f"{pair.name}.{name}"
    if not column.filled:
        return _change(target, "column-dropped", f"column {target}, which held nothing, is dropped", Severity.NOTE)
    alike = [other for other, facts in new.items() if facts.type == column.type]
    for other in alike:
        if new[other].filled == column.filled and same_data(pair.name, name, other):
            message = f"column {target} is dropped; {other} of the same type holds the same"
            return _change(target, "column-moved", message, Severity.NOTE)
    if alike:
        others = ", ".join(f"{other} ({new[other].filled} values)" for other in alike)
        message = f"column {target} is dropped with {column.filled} values; new of the same type: {others}: renamed?"
        remedy = "rename the column in a pre-script, before Odoo makes the new one"
        return _change(target, "renamed-without-migration", message, remedy=remedy)
    return _change(target, "column-dropped", f"column {target} is dropped with {column.filled} values")


def _column_changes(pair: Pair, scale: Scale) -> Iterator[Change]:
    for name, old in pair.before.columns.items():
        new = pair.after.columns.get(pair.renamed.get(name, name))
        if new is None:
            continue
        target = f"{pair.name}.{name}"
        if old.type != new.type:
            big = scale.is_big(pair.name, pair.before.rows)
            yield _change(
                target,
                "column-retyped",
                f"column {target} changes its type from {old.type} to {new.type}",
                Severity.WARNING if big else Severity.NOTE,
                "see migration.schema table-rewritten and migration.locks",
            )
        lost = old.filled - new.filled - max(0, pair.before.rows - pair.after.rows)
        if lost > 0:
            message = f"column {target} held {old.filled} values and holds {new.filled} after the upgrade"
            yield _change(target, "column-emptied", message)
        if old.not_null and not new.not_null:
            yield _change(target, "not-null-lost", f"column {target} may be empty from now on", Severity.NOTE)


def _lost_parts(pair: Pair, kind: str, before: Mapping[str, Part], after: Mapping[str, Part]) -> Iterator[Change]:
    """A constraint or an index that is gone though all of its columns are there, under whatever name."""
    there = {plain(part) for part in after.values()}
    for name, part in sorted(before.items()):
        columns = tuple(pair.renamed.get(column, column) for column in part.columns)
        if name in after or not set(columns) <= pair.after.columns.keys():
            continue
        if plain(Part(_renamed(part.definition, pair), columns)) not in there:
            message = f"{kind} {name} of {pair.name} is lost: {part.definition}"
            yield _change(f"{pair.name}.{name}", f"{kind}-lost", message)


def _renamed(definition: str, pair: Pair) -> str:
    """The definition as it reads after the renames of its table and columns."""
    for old, new in ((pair.name, pair.new_name), *pair.renamed.items()):
        definition = re.sub(rf"\b{re.escape(old)}\b", new, definition)
    return definition


def _orphans(pair: Pair, before: Schema, after: Schema) -> Iterator[Change]:
    """Columns whose field is gone: Odoo will never fill them again."""
    for name in sorted(pair.before.columns.keys() & pair.after.columns.keys()):
        target = f"{pair.name}.{name}"
        if target not in before.fields or f"{pair.new_name}.{name}" in after.fields:
            continue
        column = pair.after.columns[name]
        blocks = column.not_null and not column.default
        yield _change(
            target,
            "column-orphaned",
            f"column {target} stays without a field" + (", and no record can be made: it must not be empty" * blocks),
            Severity.ERROR if blocks else Severity.WARNING,
            "drop it in a post-script, or say in the release notes that it is kept",
        )
