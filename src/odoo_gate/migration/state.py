"""Everything a rehearsal compares of a database: invariants, schema, external ids, modules on their way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

from odoo_gate.invariants import ProjectInvariants, Snapshot, observe
from odoo_gate.migration.schema import Schema, take_schema
from odoo_gate.odoo.agent_client import Agent
from odoo_gate.odoo.databases import database_errors

_XMLIDS = """
SELECT module || '.' || name, model || ',' || res_id || CASE WHEN noupdate THEN ',noupdate' ELSE '' END
  FROM ir_model_data
"""
_PENDING = "SELECT name, state FROM ir_module_module WHERE state LIKE 'to %' ORDER BY name"

VOLATILE_TABLES = frozenset(
    {
        "base_registry_signaling",
        "bus_bus",  # notifications on their way
        "bus_presence",
        "ir_attachment",  # asset bundles are made anew after every update; the invariants compare the rest
        "ir_cron_progress",
        "ir_cron_trigger",
        "ir_logging",
        "ir_profile",
        "orm_signaling_registry",
        "res_users_log",  # a row for each login
    }
)
"""Tables Odoo itself writes rows to whatever a release does."""


@dataclass(frozen=True)
class State:
    """A database at one moment. `pending` are the modules in a state `to ...`, with that state."""

    invariants: Snapshot
    schema: Schema
    xmlids: Mapping[str, str]
    pending: Mapping[str, str]

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows by table, without the tables Odoo writes to by itself."""
        return {
            name: rows
            for name, rows in self.schema.rows.items()
            if name not in VOLATILE_TABLES and not name.startswith("orm_signaling_")
        }


def take_state(dsn: str, database: str, agent: Agent, project: ProjectInvariants) -> State:
    """Read the whole database behind `dsn`; `agent` works on the same server.

    Raises InvariantsError, AgentError, TemplateError.
    """
    invariants = observe(dsn, database, agent, project)
    with database_errors(f"reading {database}"), psycopg.connect(dsn) as connection:
        return State(
            invariants=invariants,
            schema=take_schema(connection),
            xmlids=dict(connection.execute(_XMLIDS).fetchall()),
            pending=pending_modules(connection),
        )


def pending_modules(connection: psycopg.Connection) -> Mapping[str, str]:
    return dict(connection.execute(_PENDING).fetchall())
