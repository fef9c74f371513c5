"""Words that exist nowhere else, planted all over a database, so that what an anonymisation forgets can be found."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

from odoo_gate.data.production.anonymise_plan import KEEP, AnonymiseError, decide
from odoo_gate.data.production.anonymise_sql import special_columns
from odoo_gate.data.production.stored_columns import TEXT_TYPES, StoredColumn, read_columns
from odoo_gate.data.spec import INSIDE
from odoo_gate.model import Say
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.settings import AnonymiseSettings

_SCRIPT = INSIDE / "plant_files.py"
_ROWS = 3
_FILES = 9
_FEWEST = 20
"""Columns: with fewer, a database holds too little to prove anything by."""


@dataclass(frozen=True)
class Canaries:
    """`marker` is part of every canary: to search for it is to search for all. `places` are where they were put."""

    marker: str
    places: tuple[str, ...]
    refused: tuple[str, ...]


def plant_canaries(testbed: Testbed, release: Release, database: str, say: Say) -> Canaries:
    """Put canaries into every column that may hold something of somebody, and into files.

    Which columns those are is decided without the project's own rules and exceptions: these are what is tested.
    A column whose constraints refuse a canary is listed. Raises AnonymiseError when hardly any could be planted.
    """
    marker = f"Zq{secrets.token_hex(5)}"
    tokens = _tokens(marker)
    files = release.agent.run_script(
        database, _SCRIPT, "plant_files", {"tokens": [next(tokens) for _ in range(_FILES)]}, say=say
    ).result
    places = [f"attachment {name}" for name in files["attachments"]] + [f"file {files['loose']}"]
    refused = []
    with psycopg.connect(testbed.postgres.dsn(database)) as connection:
        for column in _plantable(connection, testbed.settings.project.series):
            try:
                with connection.transaction():
                    planted = _plant(connection, column, next(tokens))
            except (psycopg.errors.IntegrityError, psycopg.errors.DataError) as error:
                refused.append(f"{column.full_name}: {error.diag.message_primary}")
                continue
            if planted:
                places.append(column.full_name)
    if len(places) < _FEWEST:
        raise AnonymiseError(
            f"only {len(places)} canaries could be planted in {database}", hint="plant them in a database with records"
        )
    say(f"{len(places)} canaries planted, {len(refused)} columns refused theirs")
    return Canaries(marker, tuple(places), tuple(refused))


def _tokens(marker: str) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"{marker}x{number:04d}"


def _plantable(connection: psycopg.Connection, series: str) -> list[StoredColumn]:
    columns = read_columns(connection, series)
    special = frozenset(special_columns(columns))
    nothing = AnonymiseSettings()
    found = []
    for column in columns:
        if column.type not in TEXT_TYPES and column.type != "jsonb":
            continue
        decision = decide(column, nothing, special)
        if not column.transient and (decision is None or decision.kind != KEEP):
            found.append(column)
    return found


def _plant(connection: psycopg.Connection, column: StoredColumn, token: str) -> int:
    """Into the newest rows; returns how many."""
    if column.max_length and column.max_length < len(token):
        return 0
    name = sql.Identifier(column.name)
    statement = sql.SQL(
        "UPDATE {0} SET {1} = {2} WHERE ctid IN (SELECT ctid FROM {0} ORDER BY ctid DESC LIMIT {3})"
    ).format(
        sql.Identifier(column.table), name, _planted(column, name, token), sql.Literal(1 if column.unique else _ROWS)
    )
    return connection.execute(statement).rowcount


def _planted(column: StoredColumn, name: sql.Identifier, token: str) -> sql.Composed:
    canary = sql.Literal(token)
    if column.type == "jsonb" and column.ttype in ("char", "text", "html"):
        return sql.SQL(
            "coalesce((SELECT jsonb_object_agg(k, v || ' ' || {1}) FROM jsonb_each_text({0}) AS pairs(k, v)),"
            " jsonb_build_object('en_US', {1}::text))"
        ).format(name, canary)
    if column.type == "jsonb":
        return sql.SQL("jsonb_build_array(jsonb_build_object('string', {}::text))").format(canary)
    if column.max_length:
        return sql.SQL("{}").format(canary)
    return sql.SQL("concat_ws(' ', left({}::text, 30), {})").format(name, canary)
