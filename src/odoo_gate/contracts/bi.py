"""Whether BI still reads what it was promised: columns, types, rights, totals, and what changed since last time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from odoo_gate.contracts.breaches import Answer, Breach
from odoo_gate.contracts.data_promises import BiContract, Relation, Total
from odoo_gate.contracts.site import Site
from odoo_gate.model import Metric

TRIAL_BALANCE = "trial-balance"
_TRIAL_BALANCE_SQL = """
    SELECT company_id, account_id, sum(balance) FROM account_move_line
     WHERE parent_state = 'posted' AND account_id IS NOT NULL GROUP BY 1, 2"""
_SHOWN = 3
_UNREADABLE = ("relation-missing", "column-missing")
_NOTHING = Decimal()
_KEEP = "keep the column for a release, or agree the change with the consumer and write the contract anew"

_Row = tuple[Any, ...]


def ask_bi(site: Site, contract: BiContract) -> Answer:
    """`contracts.bi` for one contract. Raises psycopg.Error when the database cannot be reached, AgentError."""
    with psycopg.connect(site.dsn, autocommit=True) as connection:
        told = dict(_columns(connection, contract))
        breaches = [breach for found in told.values() for breach in found]
        gone = {name for name, found in told.items() if any(breach.rule in _UNREADABLE for breach in found)}
        readable = [relation for relation in contract.relations if relation.name not in gone]
        rows = _as_reader(connection, contract, readable, breaches)
        breaches.extend(_totals(connection, contract))
        breaches.extend(_incremental(site, connection, contract, readable))
    breaches.extend(_empty(contract, rows))
    metrics = (Metric(f"{contract.id}-rows", sum(rows.values()), "1"),)
    return Answer(contract, tuple(breaches), sum(1 for count in rows.values() if count), metrics)


def _columns(connection: psycopg.Connection[_Row], contract: BiContract) -> Iterator[tuple[str, list[Breach]]]:
    for relation in contract.relations:
        try:
            real = _real_columns(connection, relation)
        except psycopg.Error as error:
            message = f"{relation.name} cannot be read: {_told(error)}"
            yield relation.name, [Breach(contract, "relation-missing", f"relation {relation.name}", message, _KEEP)]
            continue
        yield relation.name, list(_column_breaches(contract, relation, real))


def _real_columns(connection: psycopg.Connection[_Row], relation: Relation) -> dict[str, tuple[str, bool]]:
    """Type and NOT NULL by column; of a query, as PostgreSQL sees it as a view."""
    with _taken_back(connection):
        name = "odoo_gate_query" if relation.query else relation.name
        if relation.query:
            connection.execute(_given("CREATE TEMP VIEW odoo_gate_query AS " + relation.query))
        rows = connection.execute(
            """SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
                WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped""",
            [name],
        ).fetchall()
    return {column: (kind, not_null) for column, kind, not_null in rows}


def _column_breaches(
    contract: BiContract, relation: Relation, real: Mapping[str, tuple[str, bool]]
) -> Iterator[Breach]:
    for column in relation.columns:
        name = f"{relation.name}.{column.name}"
        if column.name not in real:
            yield Breach(contract, "column-missing", f"column {name}", f"there is no column {name}", _KEEP)
            continue
        kind, _ = real[column.name]
        if kind != column.type:
            message = f"column {name} is {kind}, not {column.type}"
            yield Breach(contract, "column-type", f"column {name}", message, _KEEP)


def _as_reader(
    connection: psycopg.Connection[_Row], contract: BiContract, relations: Sequence[Relation], breaches: list[Breach]
) -> dict[str, int]:
    """Rows by relation, counted as BI's own role with nothing but the contract's grants; the role goes with it."""
    rows: dict[str, int] = {}
    with _taken_back(connection):
        role = sql.Identifier(contract.role)
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [contract.role]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {}").format(role))
        for grant in contract.grants:
            problem = _tried(connection, partial(connection.execute, _given(grant)))
            if problem:
                remedy = "correct the grants in the contract, as operations give them after an upgrade"
                breaches.append(Breach(contract, "grant", f"grant {grant}", f"{grant!r} fails: {problem}", remedy))
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(role))
        for relation in relations:
            problem = _tried(connection, partial(_read, connection, relation, rows))
            if problem:
                message = f"{contract.role} cannot read {relation.name}: {problem}"
                remedy = f"grant it: GRANT SELECT ON {relation.name} TO {contract.role}"
                breaches.append(Breach(contract, "not-readable", f"relation {relation.name}", message, remedy))
            else:
                breaches.extend(_empty_columns(connection, contract, relation))
        for name in contract.unreadable:
            breaches.extend(_unreadable(connection, contract, name))
    return rows


def _read(connection: psycopg.Connection[_Row], relation: Relation, rows: dict[str, int]) -> None:
    """Count its rows into `rows`. Raises psycopg.Error."""
    row = connection.execute(sql.SQL("SELECT count(*) FROM ({}) each_row").format(_extract(relation))).fetchone()
    rows[relation.name] = int(row[0]) if row else 0


def _empty_columns(connection: psycopg.Connection[_Row], contract: BiContract, relation: Relation) -> Iterator[Breach]:
    query = sql.SQL("SELECT count(*) FROM ({}) each_row WHERE {} IS NULL")
    for column in relation.columns:
        if not column.required:
            continue
        row = connection.execute(query.format(_extract(relation), sql.Identifier(column.name))).fetchone()
        if row and row[0]:
            name = f"{relation.name}.{column.name}"
            message = f"column {name} is required, and empty in {row[0]} rows"
            yield Breach(contract, "column-empty", f"column {name}", message, "fill it, or agree that it may be empty")


def _unreadable(connection: psycopg.Connection[_Row], contract: BiContract, name: str) -> Iterator[Breach]:
    query = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name))
    try:
        with connection.transaction():
            connection.execute(query)
    except psycopg.errors.InsufficientPrivilege:
        return
    except psycopg.Error as error:
        message = f"whether {contract.role} reads {name} cannot be told: {_told(error)}"
        yield Breach(contract, "not-asked", f"unreadable {name}", message, "correct unreadable in the contract")
        return
    message = f"{contract.role} can read {name}"
    remedy = f"narrow the grants: REVOKE ALL ON {name} FROM {contract.role}, PUBLIC"
    yield Breach(contract, "grant-too-wide", f"unreadable {name}", message, remedy)


def _totals(connection: psycopg.Connection[_Row], contract: BiContract) -> Iterator[Breach]:
    for total in contract.totals:
        subject = f"total {total.name}"
        try:
            shown, books = _keyed(connection, total.sql), _keyed(connection, _books(total))
        except psycopg.Error as error:
            remedy = "correct the SQL of the total"
            yield Breach(contract, "total-fails", subject, f"total {total.name!r}: {_told(error)}", remedy)
            continue
        except ValueError as error:
            yield Breach(contract, "total-fails", subject, f"total {total.name!r}: {error}", "correct its SQL")
            continue
        off = [
            key
            for key in {*shown, *books}
            if abs(shown.get(key, _NOTHING) - books.get(key, _NOTHING)) > Decimal(str(total.tolerance))
        ]
        if off or not books:
            yield _total_off(contract, total, sorted(off, key=str), shown, books)


def _total_off(
    contract: BiContract,
    total: Total,
    off: Sequence[_Row],
    shown: Mapping[_Row, Decimal],
    books: Mapping[_Row, Decimal],
) -> Breach:
    if not books:
        message = f"total {total.name!r} compares nothing: the data has no row for it"
        return Breach(contract, "total-empty", f"total {total.name}", message, "use data that has some")
    some = "; ".join(f"{key}: {shown.get(key, 0)}, not {books.get(key, 0)}" for key in off[:_SHOWN])
    message = f"total {total.name!r} is off for {len(off)} of {len(books)} keys: {some}"
    remedy = "look for rows that the relation joins twice or leaves out"
    return Breach(contract, "total-off", f"total {total.name}", message, remedy)


def _books(total: Total) -> str:
    return _TRIAL_BALANCE_SQL if total.equals == TRIAL_BALANCE else total.equals


def _keyed(connection: psycopg.Connection[_Row], query: str) -> dict[_Row, Decimal]:
    """Value by key: the last column is the value. Raises ValueError when a key comes twice."""
    found: dict[_Row, Decimal] = {}
    for *key, value in connection.execute(_given(query)):
        if tuple(key) in found:
            raise ValueError(f"the key {tuple(key)} comes twice")
        found[tuple(key)] = Decimal(str(value or 0))
    return found


def _incremental(
    site: Site, connection: psycopg.Connection[_Row], contract: BiContract, relations: Sequence[Relation]
) -> Iterator[Breach]:
    """What BI has after a full and an incremental extract, and what a full extract would give it then."""
    chosen = [relation for relation in relations if relation.incremental]
    if contract.changes is None or not chosen:
        return
    before = {relation.name: _rows(connection, relation) for relation in chosen}
    script = site.script(contract.file, contract.changes.script)
    site.release.agent.run_script(site.database, script, contract.changes.function, say=site.say)
    for relation in chosen:
        full = _rows(connection, relation)
        yield from _difference(contract, relation, before[relation.name], full)


def _difference(
    contract: BiContract, relation: Relation, before: Mapping[_Row, _Row], full: Mapping[_Row, _Row]
) -> Iterator[Breach]:
    subject = f"incremental {relation.name}"
    place = [column.name for column in relation.columns].index(relation.incremental)
    times = [row[place] for row in before.values() if row[place] is not None]
    since = max(times) if times else None
    fresh = {key: row for key, row in full.items() if row[place] is not None and (since is None or row[place] > since)}
    merged = {**before, **fresh}
    if full == before:
        message = f"{relation.name}: {contract.changes.script if contract.changes else ''} changed no row of it"
        yield Breach(contract, "nothing-changed", subject, message, "let it change what the relation shows")
        return
    off = [key for key in {*merged, *full} if merged.get(key) != full.get(key)]
    if off:
        gone = sum(key not in full for key in off)
        some = ", ".join(map(str, sorted(off, key=str)[:_SHOWN]))
        message = (
            f"{relation.name}: an extract of what is newer by {relation.incremental} misses {len(off)} rows that a "
            f"full one has otherwise, {gone} of them deleted, such as {some}"
        )
        remedy = f"let {relation.incremental} move whenever a shown value does, or archive instead of deleting"
        yield Breach(contract, "incremental", subject, message, remedy)


def _rows(connection: psycopg.Connection[_Row], relation: Relation) -> dict[_Row, _Row]:
    keys = [place for place, column in enumerate(relation.columns) if column.key]
    return {tuple(row[place] for place in keys): row for row in connection.execute(_extract(relation))}


def _empty(contract: BiContract, rows: Mapping[str, int]) -> Iterator[Breach]:
    for name, count in rows.items():
        if not count:
            message = f"{name} has no row: an empty extract proves nothing"
            remedy = "use data that has some, or add an archetype file to [data]"
            yield Breach(contract, "relation-empty", f"rows {name}", message, remedy)


def _extract(relation: Relation) -> sql.Composed:
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in relation.columns)
    if relation.query:
        return sql.SQL("SELECT {} FROM ({}) extract").format(columns, _given(relation.query))
    return sql.SQL("SELECT {} FROM {}").format(columns, sql.Identifier(relation.name))


def _given(text: str) -> sql.SQL:
    """SQL that the project itself wrote into its contract."""
    return sql.SQL(text)


def _tried(connection: psycopg.Connection[_Row], action: Callable[[], object]) -> str:
    """What PostgreSQL says against it; empty when it works. What was before stays as it is."""
    try:
        with connection.transaction():
            action()
    except psycopg.Error as error:
        return _told(error)
    return ""


@contextmanager
def _taken_back(connection: psycopg.Connection[_Row]) -> Iterator[None]:
    with connection.transaction(force_rollback=True):
        yield


def _told(error: psycopg.Error) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
