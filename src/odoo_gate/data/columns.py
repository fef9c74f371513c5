"""How each column of a copied row comes to its value: one SQL expression a column.

In the expressions `s` is the row of the archetype, `c` the copy with its names (see `working`), `g` what the row's
model has for archetypes and `d` the copy's analytic distribution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from odoo_gate.data.archetypes import Span
from odoo_gate.data.catalog import Column

SCALED_WORDS = frozenset({"qty", "quantity"})
_AMOUNTS_AS_FLOATS = frozenset({"price_tax", "price_total", "price_subtotal"})
_NEVER_SCALED = ("price_unit", "unit_cost", "unit_price", "standard_price")
TRANSLATED = frozenset({"char", "text", "html"})
"""Odoo's types of jsonb columns that hold a text by language."""
_UNIQUE_TEXTS = frozenset({"access_token", "uuid", "invite_token"})
_MODEL_OF_ID = {"res_id": ("res_model", "model"), "reference_id": ("reference_model",)}


@dataclass(frozen=True, slots=True)
class Values:
    """What the archetypes' rows have in a column: how many values, and the bounds of whole numbers."""

    count: int
    least: int | None = None
    most: int | None = None


ANY = Values(1)
"""Nothing is known of them."""


def is_scaled(table: str, column: Column) -> bool:
    """Whether a column grows with its document: amounts and quantities do, unit prices and rates do not.

    A document that is `n` times as large has `n` times the quantities at the same prices, so what is derived from
    prices of products holds, too.
    """
    if column.kind not in ("numeric", "double precision"):
        return False
    if any(name in column.name for name in _NEVER_SCALED):
        return False
    if column.field == "monetary" or column.name in _AMOUNTS_AS_FLOATS or SCALED_WORDS & set(column.name.split("_")):
        return True
    return (table, column.name) == ("account_analytic_line", "unit_amount")


def model_column(columns: Mapping[str, Column], column: Column) -> str:
    """The column that says of which model the id in `column` is; empty when there is none."""
    if column.kind != "integer" or column.target:
        return ""
    return next((name for name in _MODEL_OF_ID.get(column.name, ()) if name in columns), "")


def moved_id(value: sql.Composable, span: Span | None, values: Values = ANY) -> sql.Composable:
    """The id of the copy of the row that `value` refers to; itself when that row is no archetype.

    `values` are those that `value` has: what they rule out is not asked again for every row.
    """
    if span is None:
        return value
    least, most = values.least, values.most
    if least is not None and most is not None:
        if most <= span.first or least > span.last:
            return value
        if span.first < least and most <= span.last and (most <= span.jobs or least > span.jobs):
            number = sql.SQL("c.job" if most <= span.jobs else "c.number")
            return sql.SQL("{} + {} * {}").format(value, sql.Literal(span.width), number)
    return sql.SQL(
        "CASE WHEN {v} > {first} AND {v} <= {last}"
        " THEN {v} + {width} * CASE WHEN {v} <= {jobs} THEN c.job ELSE c.number END ELSE {v} END"
    ).format(
        v=value,
        first=sql.Literal(span.first),
        jobs=sql.Literal(span.jobs),
        last=sql.Literal(span.last),
        width=sql.Literal(span.width),
    )


def expression(
    table: str,
    column: Column,
    columns: Mapping[str, Column],
    spans: Mapping[str, Span],
    slots: Sequence[int] = (),
    values: Values = ANY,
) -> sql.Composable:
    """The value of `column` in a copy. `slots` are those of the names that its texts mention."""
    value = sql.SQL("s.{}").format(sql.Identifier(column.name))
    if not values.count:
        return sql.NULL
    special = _special(table, column, value, spans)
    if special is not None:
        return special
    if column.name == "id":
        return moved_id(value, spans[table], values)
    if column.target:
        return moved_id(value, spans.get(column.target), values)
    if model_column(columns, column):
        return sql.SQL(
            "CASE WHEN {v} > g.first AND {v} <= g.last"
            " THEN {v} + g.width * CASE WHEN {v} <= g.jobs THEN c.job ELSE c.number END ELSE {v} END"
        ).format(v=value)
    if column.kind == "date":
        return sql.SQL("{} + c.days").format(value)
    if column.kind.startswith("timestamp"):
        return sql.SQL("{} + c.days * interval '1 day'").format(value)
    if is_scaled(table, column):
        return sql.SQL("{} * c.factor").format(value)
    if slots and column.is_text:
        return _renamed(value, slots)
    if slots and column.kind == "jsonb":
        return sql.SQL("({})::jsonb").format(_renamed(sql.SQL("{}::text").format(value), slots))
    return value


def token(slot: int) -> str:
    """What stands in the texts of the archetypes' rows for the name of a slot, until a copy puts its own there."""
    return f"\u27e6{slot}\u27e7"


def _renamed(value: sql.Composable, slots: Sequence[int]) -> sql.Composable:
    """`value` with the names of the copy in the places of those of the archetype."""
    for slot in slots:
        value = sql.SQL("replace({v}, {token}, coalesce(c.names[s.{place}], s.{old}, ''))").format(
            v=value,
            token=sql.Literal(token(slot)),
            place=sql.Identifier(f"gate_n{slot}"),
            old=sql.Identifier(f"gate_o{slot}"),
        )
    return value


def _special(table: str, column: Column, value: sql.Composable, spans: Mapping[str, Span]) -> sql.Composable | None:
    """Columns whose value follows from others in a way only Odoo knows."""
    own_id = moved_id(sql.SQL("s.id"), spans.get(table))
    name = column.name
    if name == "analytic_distribution":
        return sql.SQL("coalesce(d.new, {})").format(value)
    if name in ("sequence_prefix", "sequence_number"):
        taken = "c.prefixes[s.gate_n0]" if name == "sequence_prefix" else "c.numbers[s.gate_n0]"
        return sql.SQL("coalesce({}, {})").format(sql.SQL(taken), value)
    if name == "matching_number":
        return _matching_number(value, spans)
    if (table, name) == ("account_bank_statement_line", "internal_index"):
        return sql.SQL(
            "to_char(to_date(left({v}, 8), 'YYYYMMDD') + c.days, 'YYYYMMDD') || substr({v}, 9, 10)"
            " || lpad(({id})::text, 10, '0')"
        ).format(v=value, id=own_id)
    if (table, name) == ("mail_message", "message_id"):
        return sql.SQL("'<' || ({}) || '.generated@odoo-gate.invalid>'").format(own_id)
    if name in _UNIQUE_TEXTS and column.is_text:
        return sql.SQL("CASE WHEN {} IS NULL THEN NULL ELSE md5({} || ({})::text) END").format(
            value, sql.Literal(f"{table}.{name}."), own_id
        )
    return None


def _matching_number(value: sql.Composable, spans: Mapping[str, Span]) -> sql.Composable:
    """`P<id of the first partial reconciliation>`, or the id of the full one."""
    number = sql.SQL("substring({} from '[0-9]+$')::int").format(value)
    return sql.SQL(
        "CASE WHEN {v} ~ '^P[0-9]+$' THEN 'P' || ({partial}) WHEN {v} ~ '^[0-9]+$' THEN ({full})::text ELSE {v} END"
    ).format(
        v=value,
        partial=moved_id(number, spans.get("account_partial_reconcile")),
        full=moved_id(number, spans.get("account_full_reconcile")),
    )
