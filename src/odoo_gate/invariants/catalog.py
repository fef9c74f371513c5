"""What a database has: tables, columns, fields, modules. Decides which invariants apply and in which dialect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import psycopg

from odoo_gate.invariants.model import InvariantsError

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL), a.attnotnull, a.atthasdef
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
"""
_FIELDS = """
SELECT f.model, f.name, f.ttype, coalesce(f.relation, ''), coalesce(f.relation_table, ''),
       {translate}, {company_dependent}, coalesce(f.store, false), coalesce(m.transient, false)
  FROM ir_model_fields f JOIN ir_model m ON m.id = f.model_id
"""
_ACTIONS = {
    "ir.actions.actions": "ir_actions",
    "ir.actions.act_window": "ir_act_window",
    "ir.actions.act_window.view": "ir_act_window_view",
    "ir.actions.act_window_close": "ir_actions",
    "ir.actions.act_url": "ir_act_url",
    "ir.actions.server": "ir_act_server",
    "ir.actions.client": "ir_act_client",
    "ir.actions.report": "ir_act_report_xml",
}
"""The models whose table has another name than they."""


@dataclass(frozen=True, slots=True)
class Column:
    """`type` as PostgreSQL writes it, without length."""

    type: str
    not_null: bool
    has_default: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A row of ir_model_fields; `relation` is a model, `relation_table` the table of a many2many."""

    model: str
    name: str
    type: str
    relation: str
    relation_table: str
    translated: bool
    company_dependent: bool
    stored: bool
    transient: bool


@dataclass(frozen=True)
class Catalog:
    """`tables`: table → column name → column. `modules`: installed module → version."""

    tables: Mapping[str, Mapping[str, Column]]
    fields: tuple[Field, ...]
    modules: Mapping[str, str]

    @property
    def series(self) -> str:
        """Odoo's series, such as `19.0`."""
        return ".".join(self.modules["base"].split(".")[:2])

    @cached_property
    def models(self) -> frozenset[str]:
        return frozenset(field.model for field in self.fields)

    @cached_property
    def transient_tables(self) -> frozenset[str]:
        """Tables of wizards, which Odoo empties, and of what links them to records."""
        wizards = {field.model for field in self.fields if field.transient}
        linking = {field.relation_table for field in self.fields if field.model in wizards or field.relation in wizards}
        lasting = {
            field.relation_table
            for field in self.fields
            if field.model not in wizards and field.relation not in wizards
        }
        own = {self.table_of(model) or "" for model in wizards}
        return frozenset((own | linking - lasting) & self.tables.keys())

    def has(self, name: str) -> bool:
        """Whether `table` or `table.column` exists."""
        table, _, column = name.partition(".")
        return table in self.tables and (not column or column in self.tables[table])

    def type_of(self, name: str) -> str:
        """The type of `table.column`; empty when it does not exist."""
        table, _, column = name.partition(".")
        found = self.tables.get(table, {}).get(column)
        return found.type if found else ""

    def table_of(self, model: str) -> str | None:
        """The table of a model; None when it has none."""
        table = _ACTIONS.get(model, model.replace(".", "_"))
        return table if table in self.tables else None


def read_catalog(connection: psycopg.Connection) -> Catalog:
    """The catalog of an Odoo database. Raises InvariantsError when it is not one."""
    tables: dict[str, dict[str, Column]] = {}
    for table, name, kind, not_null, has_default in connection.execute(_COLUMNS):
        tables.setdefault(table, {})[name] = Column(kind, not_null, has_default)
    if "ir_module_module" not in tables or "ir_model_fields" not in tables:
        raise InvariantsError(
            f"{connection.info.dbname} is not an Odoo database: it has no ir_module_module",
            hint="name the database Odoo works on",
        )
    modules: dict[str, str] = dict(
        connection.execute(
            "SELECT name, coalesce(latest_version, '') FROM ir_module_module"
            " WHERE state IN ('installed', 'to upgrade', 'to remove') ORDER BY name"
        ).fetchall()
    )
    if "base" not in modules:
        raise InvariantsError(
            f"in {connection.info.dbname} the module base is not installed", hint="finish the installation"
        )
    return Catalog(tables, _fields(connection, tables["ir_model_fields"]), modules)


def _fields(connection: psycopg.Connection, columns: Mapping[str, Column]) -> tuple[Field, ...]:
    translate = "translate" if columns["translate"].type == "boolean" else "translate IS NOT NULL"
    dependent = "coalesce(f.company_dependent, false)" if "company_dependent" in columns else "false"
    query = _FIELDS.format(translate=f"coalesce({translate}, false)", company_dependent=dependent)
    return tuple(Field(*row) for row in connection.execute(query.encode()))


def ident(identifier: str) -> str:
    """A table or column, quoted."""
    escaped = identifier.replace('"', '""')
    return f'"{escaped}"'


def literal(value: str) -> str:
    """A literal, quoted."""
    escaped = value.replace("'", "''")
    return f"'{escaped}'"
