"""Amounts of money multiplied by one whole number: every sum is that many times what it was, to the last digit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import psycopg
from psycopg import sql

from odoo_gate.data.production.anonymise_plan import AnonymiseError
from odoo_gate.data.production.stored_columns import StoredColumn

_PRICE = re.compile(r"(^|_)(price|cost|amount|balance|debit|credit|value|total|revenue|budget|margin)(_|$)")
_NO_MONEY = re.compile(
    r"percent|ratio|rate|qty|quantity|hours|count|factor|rounding|discount|days|limit_type|value_integer|_id$"
)
_PLAIN_TABLES = re.compile(
    r"^(account_tax|account_payment_term|account_reconcile_model|res_currency|account_report|account_cash_rounding|"
    r"resource_|uom_|decimal_|ir_|mail_|product_attribute|digest_)"
)
_NUMBERS = ("numeric", "float8")


def scaled_columns(columns: Iterable[StoredColumn], taken: Iterable[str]) -> tuple[StoredColumn, ...]:
    """The columns that hold money, but those `taken` (full names) by another rule."""
    others = frozenset(taken)
    return tuple(each for each in columns if each.full_name not in others and not each.transient and _is_money(each))


def _is_money(column: StoredColumn) -> bool:
    if _PLAIN_TABLES.match(column.table) and not column.full_name.endswith("_value_monetary"):
        return False
    if column.type in _NUMBERS and column.ttype == "monetary":
        return True
    named = bool(_PRICE.search(column.name)) and not _NO_MONEY.search(column.name)
    return named and column.ttype == "float" and column.type in (*_NUMBERS, "jsonb")


def scaling(columns: Iterable[StoredColumn], factor: int) -> dict[str, str]:
    """Full name → expression that multiplies it; prices by company are documents {company: price}."""
    found = {}
    for column in columns:
        name = f'"{column.name}"'
        if column.type == "jsonb":
            found[column.full_name] = (
                f"coalesce((SELECT jsonb_object_agg(k, CASE jsonb_typeof(v) WHEN 'number'"
                f" THEN to_jsonb((v #>> '{{}}')::numeric * {factor}) ELSE v END)"
                f" FROM jsonb_each({name}) AS pairs(k, v)), {name})"
            )
        else:
            found[column.full_name] = f"{name} * {factor}"
    return found


def sums_of(connection: psycopg.Connection, columns: Iterable[StoredColumn]) -> dict[str, tuple[int, object]]:
    """(rows with a value, sum) of every column of numbers."""
    found: dict[str, tuple[int, object]] = {}
    for column in columns:
        if column.type != "numeric":
            continue
        row = connection.execute(
            sql.SQL("SELECT count({0}), coalesce(sum({0}), 0) FROM public.{1}").format(
                sql.Identifier(column.name), sql.Identifier(column.table)
            )
        ).fetchone()
        if row is not None:
            found[column.full_name] = (int(row[0]), row[1])
    return found


def require_scaled(
    before: Mapping[str, tuple[int, object]], after: Mapping[str, tuple[int, object]], factor: int
) -> None:
    """Raises AnonymiseError unless every sum is exactly `factor` times what it was."""
    if not before:
        raise AnonymiseError("there is no column of money to scale", hint='set anonymise.amounts = "keep" in gate.toml')
    wrong = [
        f"{name}: {total} became {after.get(name)}"
        for name, (count, total) in before.items()
        if after.get(name) != (count, total * factor)  # type: ignore[operator] # Decimal
    ]
    if wrong:
        raise AnonymiseError(
            f"amounts were not all multiplied by {factor}: {'; '.join(wrong[:5])}",
            hint="look for a rule of gate.toml that changes that column too",
        )
