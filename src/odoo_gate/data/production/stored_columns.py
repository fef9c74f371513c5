"""The stored columns of an Odoo database, each with what Odoo's own catalogue says of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg
from manifestoo_core.core_addons import is_core_addon
from manifestoo_core.odoo_series import OdooSeries

TEXT_TYPES = frozenset(
    ("varchar", "text", "bpchar", "char", "name", "citext", "xml", "inet", "cidr", "macaddr", "uuid")
)
DOCUMENT_TYPES = frozenset(("json", "jsonb", "hstore", "tsvector"))

_COLUMNS = """
SELECT c.relname, a.attname, t.typname,
       CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 END,
       a.attnotnull,
       EXISTS (SELECT FROM pg_index i
                WHERE i.indrelid = c.oid AND i.indisunique AND NOT i.indisprimary
                  AND (a.attnum = ANY (i.indkey)
                       OR EXISTS (SELECT FROM pg_depend d
                                   WHERE d.objid = i.indexrelid AND d.refobjid = c.oid AND d.refobjsubid = a.attnum)))
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_type t ON t.oid = a.atttypid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
 ORDER BY 1, 2
"""
_FIELDS = """
SELECT replace(f.model, '.', '_'), f.name, f.model, f.ttype, coalesce(m.transient, false),
       coalesce((SELECT array_agg(d.module::text ORDER BY d.module) FROM ir_model_data d
                  WHERE d.model = 'ir.model.fields' AND d.res_id = f.id), '{}')
  FROM ir_model_fields f JOIN ir_model m ON m.id = f.model_id
"""


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A stored column.

    `type` is PostgreSQL's name of its type, `max_length` the characters it takes at most. `unique`: part of an
    index that must stay unique. `ttype` is Odoo's type of the field, empty when no field is known for it;
    `stock`: it is defined by a module of Odoo itself. `transient`: the table is of a wizard.
    """

    table: str
    name: str
    type: str
    max_length: int | None = None
    not_null: bool = False
    unique: bool = False
    model: str = ""
    ttype: str = ""
    stock: bool = False
    transient: bool = False

    @property
    def full_name(self) -> str:
        return f"{self.table}.{self.name}"

    @property
    def is_text(self) -> bool:
        """Whether its type can hold words or bytes at all."""
        return self.type in TEXT_TYPES or self.type in DOCUMENT_TYPES or self.type == "bytea"


def read_columns(connection: psycopg.Connection, series: str) -> tuple[StoredColumn, ...]:
    """Every stored column of the public schema; `series` tells which modules are Odoo's own."""
    fields = {(table, name): rest for table, name, *rest in connection.execute(_FIELDS)}
    transient = {table for (table, _), (_, _, is_transient, _) in fields.items() if is_transient}
    odoo = OdooSeries.from_str(series)
    found = []
    for table, name, kind, max_length, not_null, unique in connection.execute(_COLUMNS).fetchall():
        model, ttype, _, modules = fields.get((table, name), ("", "", False, []))
        found.append(
            StoredColumn(
                table=table,
                name=name,
                type=kind,
                max_length=max_length,
                not_null=not_null,
                unique=unique,
                model=model,
                ttype=ttype,
                stock=_is_stock(modules, odoo),
                transient=table in transient,
            )
        )
    return tuple(found)


def _is_stock(modules: Iterable[str], series: OdooSeries) -> bool:
    return any(is_core_addon(name, series) for name in modules)
