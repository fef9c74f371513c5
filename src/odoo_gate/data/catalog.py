"""What the database says of itself: tables, columns, what refers to what, which columns are amounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import Connection

_EXCLUDED = ("bus_bus", "bus_presence", "stock_quant", "mail_presence", "mail_mail", "product_supplierinfo")
"""Tables that are no part of a document: what they hold is derived, or is gone in production."""

_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND a.attgenerated = ''
     ORDER BY c.relname, a.attnum
"""
_FOREIGN_KEYS = """
    SELECT c.relname, a.attname, t.relname, k.conname
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid
      JOIN pg_class t ON t.oid = k.confrelid
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
     WHERE k.contype = 'f' AND cardinality(k.conkey) = 1 AND k.connamespace = current_schema()::regnamespace
     ORDER BY 1, 2, 3
"""
_FIELDS = """
    SELECT replace(f.model, '.', '_'), f.name, f.ttype, replace(coalesce(f.relation, ''), '.', '_'), f.translate
      FROM ir_model_fields f WHERE f.store AND f.ttype NOT IN ('one2many', 'many2many')
     ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is PostgreSQL's type; `target` the table a many2one refers to; `field` Odoo's type, if it has one."""

    name: str
    kind: str
    target: str = ""
    field: str = ""

    @property
    def is_text(self) -> bool:
        return self.kind in ("text", "character varying")


@dataclass(frozen=True, slots=True)
class Catalog:
    """Tables with their columns, models with their tables, and the foreign keys (table, column, target)."""

    tables: Mapping[str, tuple[Column, ...]]
    models: Mapping[str, str]
    foreign_keys: tuple[tuple[str, str, str], ...]
    excluded: frozenset[str]

    def column(self, table: str, name: str) -> Column | None:
        return next((column for column in self.tables.get(table, ()) if column.name == name), None)

    def link_tables(self) -> list[str]:
        """The tables of many2many fields: two links and nothing else."""
        return [
            table
            for table, columns in self.tables.items()
            if table not in self.excluded
            and len(columns) == 2
            and all(column.target and column.target not in self.excluded for column in columns)
        ]


def read_catalog(connection: Connection) -> Catalog:
    """Raises psycopg.Error."""
    keys = [(str(t), str(c), str(target)) for t, c, target, _ in connection.execute(_FOREIGN_KEYS)]
    targets = {(table, column): target for table, column, target in keys}
    fields = {(t, name): (ttype, relation) for t, name, ttype, relation, _ in connection.execute(_FIELDS)}
    kinds = [(str(t), str(c), str(kind)) for t, c, kind in connection.execute(_COLUMNS)]
    names = {table for table, _, _ in kinds}
    tables: dict[str, list[Column]] = {}
    for table, name, kind in kinds:
        ttype, relation = fields.get((table, name), ("", ""))
        target = targets.get((table, name), relation if ttype == "many2one" and relation in names else "")
        tables.setdefault(table, []).append(Column(name, kind, target, ttype))
    models = {model: model.replace(".", "_") for (model,) in connection.execute("SELECT model FROM ir_model")}
    transient = {
        model.replace(".", "_") for (model,) in connection.execute("SELECT model FROM ir_model WHERE transient")
    }
    system = {table for table in names if table.startswith("ir_") and table != "ir_attachment"}
    return Catalog(
        tables={table: tuple(columns) for table, columns in tables.items()},
        models=models,
        foreign_keys=tuple(keys),
        excluded=frozenset(transient | system | set(_EXCLUDED)),
    )
