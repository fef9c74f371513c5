"""The statements of an anonymisation: one UPDATE a table, made from the plan."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from psycopg import sql

from odoo_gate.data.production.anonymise_plan import Decision, shipped_parameters
from odoo_gate.data.production.stored_columns import StoredColumn

SCHEMA = "odoo_gate_anonymise"
FUNCTIONS = Path(__file__).with_name("anonymise_functions.sql")
SEARCH_PATH = f"SET search_path = {SCHEMA}, pg_catalog, public"
_SHA256_BLOCK = 64

KEPT_FILES = (
    "coalesce(url LIKE '/web/assets/%' AND res_model = 'ir.ui.view', false)"
    " OR coalesce(type = 'url' AND url LIKE '/%/static/%', false)"
    " OR coalesce(res_field IS NOT NULL AND res_model IN ('ir.ui.menu', 'ir.module.module', 'res.lang', 'res.country',"
    " 'payment.method', 'onboarding.onboarding.step', 'report.layout'), false)"
)
"""Attachments that Odoo makes of its own code: compiled assets, icons, flags."""

_WAGES = "(SELECT id FROM public.ir_model_fields WHERE name ~ '(wage|salary|hourly_cost|bonus)')"
_TRACKED_WAGE = f"CASE WHEN {{field}} IN {_WAGES} THEN wage({{column}}::numeric) ELSE {{column}}::numeric END"

SPECIAL: Mapping[str, str] = {
    "ir_attachment.name": f"CASE WHEN {KEPT_FILES} OR coalesce(name = res_field, false) THEN name"
    " ELSE file_name(name) END",
    "ir_attachment.url": f"CASE WHEN {KEPT_FILES} THEN url ELSE url(url) END",
    "ir_attachment.description": "words(description)",
    "ir_attachment.index_content": "NULL",
    "ir_attachment.db_datas": "db_datas",  # with the files: see inside/anonymise_files.py
    "ir_config_parameter.value": "parameter(key, value, {keep}, {never})",
    # the one that `neutralize` puts there, so that no server of odoo.conf is used, must go on leading nowhere
    "ir_mail_server.smtp_host": "CASE WHEN smtp_host = 'invalid' THEN smtp_host ELSE domain(smtp_host) END",
    "ir_filters.domain": "'[]'",
    "ir_filters.context": "'{{}}'",
    "ir_default.json_value": "CASE WHEN json_value ~ '^(true|false|null|[][0-9., -]*)$' THEN json_value"
    " WHEN json_value ~ '^\"[A-Za-z0-9_.:, -]*\"$' AND field_id IN (SELECT id FROM public.ir_model_fields"
    " WHERE ttype NOT IN ('char', 'text', 'html')) THEN json_value ELSE to_jsonb(words(json_value))::text END",
    "bus_bus.message": "'{{}}'",
}
"""Columns with an expression of their own; psycopg's placeholders are doubled braces."""

_FUNCTION = {
    "name": "party",
    "uuid": "uuid_text",
    "json": "document",
    "date": "day",
}
_NEEDS_LABEL = frozenset(("words", "html", "street", "city", "path"))
_LABEL_LENGTH = 12


def functions_sql(salt: bytes) -> str:
    """The statements that make the functions, keyed with `salt` as HMAC (RFC 2104) pads it."""
    key = hashlib.sha256(salt).digest() if len(salt) > _SHA256_BLOCK else salt
    key = key.ljust(_SHA256_BLOCK, b"\0")
    text = FUNCTIONS.read_text(encoding="utf-8")
    for name, pad in (("@outer@", 0x5C), ("@inner@", 0x36)):
        text = text.replace(name, bytes(byte ^ pad for byte in key).hex())
    return text


def derived_key(salt: bytes, purpose: str) -> str:
    """A key (hex) for another purpose, from which `salt` cannot be told."""
    return hmac.new(salt, f"odoo-gate {purpose}".encode(), hashlib.sha256).hexdigest()


def special_columns(columns: Iterable[StoredColumn]) -> dict[str, str]:
    """The full name → expression of those special columns that this database has."""
    found = {column.full_name: column for column in columns}
    special = {name: expression for name, expression in SPECIAL.items() if name in found}
    field = next((name for name in ("field_id", "field") if f"mail_tracking_value.{name}" in found), None)
    for side in ("old", "new"):
        for kind in ("float", "monetary"):
            name = f"mail_tracking_value.{side}_value_{kind}"
            if field and name in found:
                special[name] = _TRACKED_WAGE.format(field=field, column=f"{side}_value_{kind}")
    return special


def updates(
    decisions: Sequence[Decision], special: Mapping[str, str], factors: Mapping[str, str]
) -> list[tuple[str, sql.Composed]]:
    """(table, statement) for every table with something to change.

    `factors` are further assignments, full name → expression: scaled amounts.
    """
    wanted: dict[str, tuple[StoredColumn | None, sql.Composable]] = {
        each.column.full_name: (each.column, expression(each, special)) for each in decisions
    }
    for name, scaled in factors.items():
        wanted.setdefault(name, (None, sql.SQL(scaled)))
    by_table = groupby(sorted(wanted), key=lambda name: name.partition(".")[0])
    return [(table, _update(table, [(name, wanted[name][1]) for name in names])) for table, names in by_table]


def expression(decision: Decision, special: Mapping[str, str]) -> sql.Composed:
    """What a column is set to."""
    column = decision.column
    if decision.kind == "special":
        keep, never = shipped_parameters()
        return sql.SQL(special[column.full_name]).format(keep=sql.Literal(keep), never=sql.Literal(never))
    name = sql.Identifier(column.name)
    if decision.kind == "clear":
        return sql.SQL(_EMPTY.get(column.type, "''") if column.not_null else "NULL").format()
    function = _function_of(decision)
    if column.type in ("json", "jsonb"):
        return _of_document(column, function, name)
    if column.type in ("date", "timestamp", "timestamptz"):
        return sql.SQL("day({}::date)").format(name)
    if function == "wage":
        return sql.SQL("wage({}::numeric)").format(name)
    made = sql.SQL("{}({}::text)").format(sql.Identifier(function), name)
    if column.max_length:
        return sql.SQL("left({}, {})").format(made, sql.Literal(column.max_length))
    return made


_EMPTY = {
    "numeric": "0",
    "float8": "0",
    "int4": "0",
    "int8": "0",
    "bytea": "'\\x'",
    "jsonb": "'{{}}'",
    "json": "'{{}}'",
}


def _function_of(decision: Decision) -> str:
    """What must stay unique gets a function that does not collide, as far as it fits."""
    kind, column = decision.kind, decision.column
    if column.unique and kind in _NEEDS_LABEL:
        return "token" if column.max_length and column.max_length < _LABEL_LENGTH * 2 else "label"
    return _FUNCTION.get(kind, kind)


def _of_document(column: StoredColumn, function: str, name: sql.Identifier) -> sql.Composed:
    """Translations and values by company are {key: text}; everything else is a document of any shape."""
    cast = sql.SQL("::json" if column.type == "json" else "")
    if function == "document" or column.ttype not in ("char", "text", "html"):
        return sql.SQL("document({}::jsonb){}").format(name, cast)
    return sql.SQL(
        "coalesce((SELECT jsonb_object_agg(k, {}(v)) FROM jsonb_each_text({}::jsonb) AS pairs(k, v)), {}::jsonb){}"
    ).format(sql.Identifier(function), name, name, cast)


def _update(table: str, assignments: Sequence[tuple[str, sql.Composable]]) -> sql.Composed:
    columns = [sql.Identifier(name.partition(".")[2]) for name, _ in assignments]
    pairs = [sql.SQL("{} = {}").format(column, value) for column, (_, value) in zip(columns, assignments, strict=True)]
    filled = [sql.SQL("{} IS NOT NULL").format(column) for column in columns]
    return sql.SQL("UPDATE public.{} SET {} WHERE {}").format(
        sql.Identifier(table), sql.SQL(", ").join(pairs), sql.SQL(" OR ").join(filled)
    )
