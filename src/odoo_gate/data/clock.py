"""Puts the archetypes where they belong in time, and takes from them what chance or the machine's name gave.

Documents are made for days years ago, but Odoo takes some of what it writes from the clock. The rows of a document
get nine o'clock of its first day instead, and the same distance to it where Odoo reckoned from now.
"""

from __future__ import annotations

import datetime

from psycopg import Connection, sql

from odoo_gate.data.archetypes import Archetypes
from odoo_gate.data.catalog import Catalog, Column
from odoo_gate.data.spec import PERIOD_START

_MARGIN = datetime.timedelta(seconds=2)
"""Odoo cuts microseconds off."""
MESSAGE_ID = "'<' || {id} || '.generated@odoo-gate.invalid>'"


def set_back(connection: Connection, catalog: Catalog, archetypes: Archetypes) -> None:
    """In every table: rows of archetypes and masters, and what was written to others meanwhile."""
    connection.execute("CREATE TEMP TABLE gate_anchor (tbl text, first int, last int, day date)")
    with connection.cursor().copy("COPY gate_anchor FROM STDIN") as copy:
        for table, (first, last) in archetypes.masters.items():
            copy.write_row((table, first, last, PERIOD_START))
        for unit in archetypes.units:
            for table, (first, last) in unit.ranges.items():
                copy.write_row((table, first, last, unit.anchor))
    connection.execute("CREATE INDEX ON gate_anchor (tbl); ANALYZE gate_anchor")
    made = archetypes.spans.keys() | archetypes.masters.keys()
    for table, columns in catalog.tables.items():
        timed = [column for column in columns if column.kind.startswith("timestamp") or column.kind == "date"]
        if timed and table in made:
            _set_back_rows(connection, table, timed, archetypes)
        stamps = [column for column in timed if column.kind != "date"]
        if stamps:
            _set_back_others(connection, table, stamps, archetypes)
    if "mail_message" in made:
        connection.execute(
            (
                f"UPDATE mail_message t SET message_id = {MESSAGE_ID.format(id='t.id')} FROM gate_anchor a"
                " WHERE a.tbl = 'mail_message' AND t.id > a.first AND t.id <= a.last"
            ).encode()
        )


def _set_back_rows(connection: Connection, table: str, timed: list[Column], archetypes: Archetypes) -> None:
    """Every time from now on, of rows that were made: nothing in a document is meant to be that late."""
    now = archetypes.clock[0] - _MARGIN
    today = sql.SQL("{}::date").format(sql.Literal(archetypes.clock[0].date()))
    changes, conditions = [], []
    for column in timed:
        value = sql.SQL("t.{}").format(sql.Identifier(column.name))
        first = sql.Literal(now) if column.kind != "date" else today
        clock = sql.SQL(" + time '09:00'") if column.kind != "date" else sql.SQL("")
        condition = sql.SQL("{} >= {}").format(value, first)
        conditions.append(condition)
        changes.append(
            sql.SQL("{} = CASE WHEN {} THEN a.day + ({}::date - {}){} ELSE {} END").format(
                sql.Identifier(column.name), condition, value, today, clock, value
            )
        )
    connection.execute(
        sql.SQL(
            "UPDATE {} t SET {} FROM gate_anchor a WHERE a.tbl = {} AND t.id > a.first AND t.id <= a.last AND ({})"
        ).format(
            sql.Identifier(table), sql.SQL(", ").join(changes), sql.Literal(table), sql.SQL(" OR ").join(conditions)
        )
    )


def _set_back_others(connection: Connection, table: str, stamps: list[Column], archetypes: Archetypes) -> None:
    """Times at which rows that were there before were written."""
    first, last = (sql.Literal(each) for each in (archetypes.clock[0] - _MARGIN, archetypes.clock[1] + _MARGIN))
    changes, conditions = [], []
    for column in stamps:
        name = sql.Identifier(column.name)
        condition = sql.SQL("{} BETWEEN {} AND {}").format(name, first, last)
        conditions.append(condition)
        changes.append(
            sql.SQL("{} = CASE WHEN {} THEN {}::date + time '09:00' ELSE {} END").format(
                name, condition, sql.Literal(PERIOD_START), name
            )
        )
    connection.execute(
        sql.SQL("UPDATE {} SET {} WHERE {}").format(
            sql.Identifier(table), sql.SQL(", ").join(changes), sql.SQL(" OR ").join(conditions)
        )
    )
