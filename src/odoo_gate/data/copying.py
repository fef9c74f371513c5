"""All copies of the archetypes' rows of one table, by one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import Connection, sql

from odoo_gate.data.archetypes import Span
from odoo_gate.data.catalog import Catalog, Column
from odoo_gate.data.columns import TRANSLATED, Values, expression, model_column, moved_id, token
from odoo_gate.data.naming import Mentions

_SOURCE_INTEGERS = ("integer", "bigint")


@dataclass(frozen=True, slots=True)
class _Mention:
    """Row `id` mentions, in its slot `slot` (0: as the number of its own), the name at `place` of its copy."""

    id: int
    slot: int
    place: int
    old: str


@dataclass(frozen=True, slots=True)
class _Sources:
    """What the archetypes' rows of a table mention: `slots` by column, and the number of slots there are."""

    mentions: Sequence[_Mention]
    slots: Mapping[str, tuple[int, ...]]
    count: int


def copy_rows(
    connection: Connection, table: str, catalog: Catalog, spans: Mapping[str, Span], mentions: Mentions
) -> int:
    """Rows added. Raises psycopg.Error."""
    columns = catalog.tables.get(table, ())
    if not any(column.name == "id" for column in columns):
        return 0
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE gate_source ON COMMIT DROP AS SELECT t.*, r.unit AS gate_unit FROM {} t"
            " JOIN gate_work.range r ON r.tbl = {} AND t.id > r.first AND t.id <= r.last"
        ).format(sql.Identifier(table), sql.Literal(table))
    )
    texts = [column for column in columns if column.is_text or (column.kind == "jsonb" and column.field in TRANSLATED)]
    sources = _mentioned(connection, table, texts, mentions)
    if sources is None:
        return 0
    _mark(connection, texts, sources)
    return _insert(connection, table, columns, spans, sources)


def _mentioned(connection: Connection, table: str, texts: Sequence[Column], mentions: Mentions) -> _Sources | None:
    """None when there are no rows."""
    selected = [sql.SQL("{}::text").format(sql.Identifier(column.name)) for column in texts]
    rows = connection.execute(
        sql.SQL("SELECT {} FROM gate_source ORDER BY id").format(
            sql.SQL(", ").join([sql.SQL("id"), sql.SQL("gate_unit"), *selected])
        )
    ).fetchall()
    if not rows:
        return None
    found: list[_Mention] = []
    slots: dict[str, set[int]] = {}
    for row, unit, *values in rows:
        own = mentions.owned.get((table, row))
        if own is not None:
            found.append(_Mention(row, 0, mentions.place(unit, own), own.old))
        for slot, name in enumerate(mentions.of(unit, values), 1):
            found.append(_Mention(row, slot, mentions.place(unit, name), name.old))
            for column, value in zip(texts, values, strict=True):
                if value and name.old in value:
                    slots.setdefault(column.name, set()).add(slot)
    used = {name: tuple(sorted(numbers)) for name, numbers in slots.items()}
    return _Sources(found, used, max((each.slot for each in found), default=0))


def _mark(connection: Connection, texts: Sequence[Column], sources: _Sources) -> None:
    """Note which name is in the slot of each row, and put the slot's token where the texts mention it.

    In one go for all copies, and before any new name is there: it could hold another old one.
    """
    connection.execute("CREATE TEMP TABLE gate_mention (id int, slot int, place int, old text) ON COMMIT DROP")
    with connection.cursor().copy("COPY gate_mention FROM STDIN") as copy:
        for each in sources.mentions:
            copy.write_row((each.id, each.slot, each.place, each.old))
    for slot in range(sources.count + 1):
        connection.execute(
            (
                f"ALTER TABLE gate_source ADD COLUMN gate_n{slot} int, ADD COLUMN gate_o{slot} text;"
                f" UPDATE gate_source s SET gate_n{slot} = m.place, gate_o{slot} = m.old FROM gate_mention m"
                f" WHERE m.id = s.id AND m.slot = {slot}"
            ).encode()
        )
        changes = [
            sql.SQL("{name} = replace({name}::text, {old}, {token})::{kind}").format(
                name=sql.Identifier(column.name),
                old=sql.Identifier(f"gate_o{slot}"),
                token=sql.Literal(token(slot)),
                kind=sql.SQL("jsonb" if column.kind == "jsonb" else "text"),
            )
            for column in texts
            if slot in sources.slots.get(column.name, ())
        ]
        if changes:
            connection.execute(
                sql.SQL("UPDATE gate_source SET {} WHERE {} IS NOT NULL").format(
                    sql.SQL(", ").join(changes), sql.Identifier(f"gate_n{slot}")
                )
            )
    connection.execute("ANALYZE gate_source")


def _insert(
    connection: Connection, table: str, columns: Sequence[Column], spans: Mapping[str, Span], sources: _Sources
) -> int:
    by_name = {column.name: column for column in columns}
    filled = _values(connection, columns)
    values = [
        expression(table, column, by_name, spans, sources.slots.get(column.name, ()), filled[column.name])
        for column in columns
    ]
    joins: list[sql.Composable] = []
    model = next((found for column in columns if (found := model_column(by_name, column))), "")
    if model:
        joins.append(sql.SQL("LEFT JOIN gate_work.model g ON g.model = s.{}").format(sql.Identifier(model)))
    if "analytic_distribution" in by_name:
        joins.append(
            sql.SQL("LEFT JOIN gate_work.distribution d ON d.old = s.analytic_distribution AND d.copy = c.job")
        )
    statement = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {values} FROM gate_source s"
        " JOIN gate_work.copy c ON c.unit = s.gate_unit {joins}"
    ).format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
        values=sql.SQL(", ").join(values),
        joins=sql.SQL(" ").join(joins),
    )
    return connection.execute(statement).rowcount


def _values(connection: Connection, columns: Sequence[Column]) -> dict[str, Values]:
    """What the archetypes have in each column: what all leave empty, and where ids lie, makes the statement short."""
    asked: list[sql.Composable] = []
    for column in columns:
        name = sql.Identifier(column.name)
        bounds = sql.SQL("min({0}), max({0})" if column.kind in _SOURCE_INTEGERS else "NULL, NULL").format(name)
        asked.append(sql.SQL("count({}), {}").format(name, bounds))
    row = connection.execute(sql.SQL("SELECT {} FROM gate_source").format(sql.SQL(", ").join(asked))).fetchone()
    assert row is not None  # an aggregate always has one
    return {column.name: Values(*row[3 * place : 3 * place + 3]) for place, column in enumerate(columns)}


def copy_links(connection: Connection, table: str, catalog: Catalog, spans: Mapping[str, Span]) -> int:
    """A many2many table: a link is copied with the document that has either end of it. Rows added."""
    left, right = catalog.tables[table]
    ends = [spans.get(column.target) for column in (left, right)]
    if not any(ends):
        return 0
    moved = [
        moved_id(sql.SQL("s.{}").format(sql.Identifier(column.name)), span)
        for column, span in zip((left, right), ends, strict=True)
    ]
    return connection.execute(
        sql.SQL(
            "INSERT INTO {table} ({left}, {right}) SELECT {values} FROM ("
            " SELECT t.*, greatest(a.unit, b.unit) AS unit FROM {table} t"
            " LEFT JOIN gate_work.range a ON a.tbl = {left_target} AND t.{left} > a.first AND t.{left} <= a.last"
            " LEFT JOIN gate_work.range b ON b.tbl = {right_target} AND t.{right} > b.first AND t.{right} <= b.last"
            " WHERE a.unit IS NOT NULL OR b.unit IS NOT NULL"
            ") s JOIN gate_work.copy c ON c.unit = s.unit ON CONFLICT DO NOTHING"
        ).format(
            table=sql.Identifier(table),
            left=sql.Identifier(left.name),
            right=sql.Identifier(right.name),
            left_target=sql.Literal(left.target if ends[0] else ""),
            right_target=sql.Literal(right.target if ends[1] else ""),
            values=sql.SQL(", ").join(moved),
        )
    ).rowcount
