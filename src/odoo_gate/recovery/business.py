"""What a business loses when rows disappear: told as invoices, orders and hours, not as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from odoo_gate.model import Metric


@dataclass(frozen=True, slots=True)
class Kind:
    """Documents of one kind: the rows of `table` for which `where` holds; `hours` is a column of hours, if any."""

    name: str
    table: str
    where: str = "true"
    hours: str = ""

    @property
    def metric(self) -> str:
        return f"lost_{self.name.replace(' ', '_')}"


KINDS = (
    Kind("customer invoices", "account_move", "move_type = 'out_invoice'"),
    Kind("customer credit notes", "account_move", "move_type = 'out_refund'"),
    Kind("vendor bills", "account_move", "move_type = 'in_invoice'"),
    Kind("vendor refunds", "account_move", "move_type = 'in_refund'"),
    Kind("journal entries", "account_move", "move_type NOT IN ('out_invoice','out_refund','in_invoice','in_refund')"),
    Kind("payments", "account_payment"),
    Kind("bank statement lines", "account_bank_statement_line"),
    Kind("purchase orders", "purchase_order"),
    Kind("sales orders", "sale_order"),
    Kind("transfers", "stock_picking"),
    Kind("timesheet lines", "account_analytic_line", "project_id IS NOT NULL", "unit_amount"),
    Kind("expenses", "hr_expense"),
    Kind("attendances", "hr_attendance"),
    Kind("projects", "project_project"),
    Kind("tasks", "project_task"),
    Kind("employees", "hr_employee"),
    Kind("products", "product_template"),
    Kind("contacts", "res_partner"),
    Kind(
        "attached files", "ir_attachment", "res_model IS NOT NULL AND res_model NOT LIKE 'ir.%%' AND res_field IS NULL"
    ),
    Kind("messages", "mail_message", "message_type = 'comment'"),
)

_OWN_DOCUMENTS = """
-- a model's name is translated text, which was plain before series 16
SELECT coalesce(to_jsonb(m.name) ->> 'en_US', to_jsonb(m.name) #>> '{}', m.model), replace(m.model, '.', '_')
  FROM ir_model m JOIN pg_class c ON c.relname = replace(m.model, '.', '_') AND c.relkind = 'r'
 WHERE m.is_mail_thread AND NOT m.transient AND m.model NOT LIKE ALL (ARRAY['res.%', 'ir.%', 'mail.%', 'discuss.%'])
 ORDER BY 2
"""
_COLUMNS = """
SELECT table_name, array_agg(column_name::text) FROM information_schema.columns
 WHERE table_schema = 'public' GROUP BY table_name
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as it was: when it was created and last written (UTC), and its hours."""

    created: datetime
    written: datetime
    hours: float


Entered = Mapping[Kind, Mapping[int, Entry]]
"""Documents by kind and id."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Documents of one kind that are gone, and that are there as they were before they were changed."""

    kind: Kind
    gone: int
    hours: float
    reverted: int
    oldest: datetime | None

    def __str__(self) -> str:
        parts = [f"{self.kind.name} {self.gone}"] if self.gone else []
        if self.hours:
            parts.append(f"{self.kind.name.removesuffix(' lines')} hours {self.hours:g}")
        if self.reverted:
            parts.append(f"changes to {self.kind.name} {self.reverted}")
        return ", ".join(parts)


def entered_since(connection: psycopg.Connection, moment: datetime) -> Entered:
    """Every document created or changed after `moment`, which is by the database's clock."""
    since = moment.replace(tzinfo=None)
    found: dict[Kind, dict[int, Entry]] = {}
    for kind in _kinds(connection):
        hours = sql.Identifier(kind.hours) if kind.hours else sql.SQL("0")
        query = sql.SQL(
            "SELECT id, create_date, coalesce(write_date, create_date), coalesce({}, 0) FROM {}"
            " WHERE ({}) AND greatest(create_date, write_date) > %s"
        ).format(hours, sql.Identifier(kind.table), sql.SQL(kind.where))
        rows = connection.execute(query, [since]).fetchall()
        if rows:
            found[kind] = {row[0]: Entry(row[1], row[2], float(row[3])) for row in rows}
    return found


def lost_documents(entered: Entered, connection: psycopg.Connection) -> tuple[Lost, ...]:
    """What of `entered` the database behind `connection` does not have, or has in an older state."""
    losses = []
    tables = _tables(connection)
    for kind, entries in entered.items():
        there: dict[int, tuple[datetime, datetime]] = {}
        if kind.table in tables:
            query = sql.SQL("SELECT id, create_date, write_date FROM {} WHERE id = ANY (%s)")
            rows = connection.execute(query.format(sql.Identifier(kind.table)), [list(entries)]).fetchall()
            there = {number: (created, written) for number, created, written in rows}
        # an id may be given again after a restore: a document is the same when it was created at the same moment
        gone = [e for number, e in entries.items() if number not in there or there[number][0] != e.created]
        kept = {number: e for number, e in entries.items() if number in there and there[number][0] == e.created}
        reverted = [e for number, e in kept.items() if there[number][1] < e.written]
        if gone or reverted:
            oldest = min(entry.created for entry in gone) if gone else None
            losses.append(Lost(kind, len(gone), sum(e.hours for e in gone), len(reverted), oldest))
    return tuple(losses)


def loss_metrics(losses: Sequence[Lost]) -> tuple[Metric, ...]:
    metrics = [Metric("lost_documents", sum(loss.gone for loss in losses), "1")]
    for loss in losses:
        metrics.append(Metric(loss.kind.metric, loss.gone, "1"))
        if loss.hours:
            metrics.append(Metric(f"{loss.kind.metric}_hours", loss.hours, "h"))
    return tuple(metrics)


def _kinds(connection: psycopg.Connection) -> list[Kind]:
    """The kinds this database has: the known ones, and whatever else of its models people discuss."""
    tables = _tables(connection)
    known = [kind for kind in KINDS if kind.table in tables]
    if "project_id" not in tables.get("account_analytic_line", ()):
        known = [kind for kind in known if kind.table != "account_analytic_line"]
    if "is_mail_thread" not in tables.get("ir_model", ()):
        return known
    named = {kind.table for kind in KINDS}
    own = connection.execute(_OWN_DOCUMENTS).fetchall()
    return known + [Kind(name.lower(), table) for name, table in own if table not in named and _dated(tables[table])]


def _dated(columns: Sequence[str]) -> bool:
    return {"id", "create_date", "write_date"} <= set(columns)


def _tables(connection: psycopg.Connection) -> dict[str, list[str]]:
    return dict(connection.execute(_COLUMNS).fetchall())
