"""Proves what was generated: no broken link, every invariant holds, Odoo computes what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from odoo_gate.data.archetypes import Archetypes
from odoo_gate.data.catalog import Catalog
from odoo_gate.data.errors import DataError
from odoo_gate.data.spec import INSIDE
from odoo_gate.invariants import ProjectInvariants, holding, observe
from odoo_gate.model import Say
from odoo_gate.odoo.agent_client import Agent

_SHARE, _LEAST, _MOST = 0.01, 6, 200
"""Of the copies of each model, the part that is computed again, and the bounds of its number."""
_SHOWN = 10
_REPORT = "this is a fault of the generator or of an archetype: report it with the lines above"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found to hold: links checked, invariants that passed, stored values that Odoo computes alike."""

    links: int
    invariants: tuple[str, ...]
    not_applicable: Mapping[str, str]
    records: int
    values: int


def broken_links(connection: Connection, catalog: Catalog, copied: Iterable[str]) -> tuple[int, list[str]]:
    """How many foreign keys of the copied tables were checked, and what is wrong with them."""
    tables, checked, broken = set(copied), 0, []
    for table, column, target in catalog.foreign_keys:
        if table not in tables:
            continue
        checked += 1
        row = connection.execute(
            sql.SQL(
                "SELECT count(*), min(t.{column}) FROM {table} t WHERE t.{column} IS NOT NULL"
                " AND NOT EXISTS (SELECT 1 FROM {target} r WHERE r.id = t.{column})"
            ).format(table=sql.Identifier(table), column=sql.Identifier(column), target=sql.Identifier(target))
        ).fetchone()
        if row and row[0]:
            broken.append(f"{table}.{column}: {row[0]} rows refer to what is not in {target}, as to {row[1]}")
    return checked, broken


def check_links(connection: Connection, catalog: Catalog, copied: Iterable[str]) -> int:
    """The foreign keys checked. Raises DataError when one is broken, or when there are none."""
    checked, broken = broken_links(connection, catalog, copied)
    if broken or not checked:
        raise DataError("\n".join(broken) or "no foreign key was checked", hint=_REPORT)
    return checked


def prove(dsn: str, database: str, agent: Agent, archetypes: Archetypes, links: int, seed: int, say: Say) -> Proof:
    """Raises DataError when an invariant fails, a value differs, or nothing was checked."""
    passed, absent = _invariants(dsn, database, agent, say)
    answer = _recomputed(database, agent, archetypes, seed, say)
    return Proof(links, passed, absent, answer["records"], answer["values"])


def _invariants(dsn: str, database: str, agent: Agent, say: Say) -> tuple[tuple[str, ...], dict[str, str]]:
    say("measuring the invariants")
    results = holding(observe(dsn, database, agent, ProjectInvariants()))
    wrong = [
        f"{result.id}: {finding.message}"
        for result in results
        if str(result.outcome) == "failed"
        for finding in result.findings[:_SHOWN]
    ] + [f"{result.id}: {result.reason}" for result in results if str(result.outcome) == "failed"]
    passed = tuple(result.id for result in results if str(result.outcome) == "passed")
    if wrong or not passed:
        raise DataError("generated data breaks\n" + ("\n".join(wrong) or "no invariant applied"), hint=_REPORT)
    return passed, {result.id: result.reason for result in results if str(result.outcome) == "not-applicable"}


def _recomputed(database: str, agent: Agent, archetypes: Archetypes, seed: int, say: Say) -> dict[str, Any]:
    arguments = {
        "tables": {table: [span.first, span.last] for table, span in archetypes.spans.items()},
        "share": _SHARE,
        "least": _LEAST,
        "most": _MOST,
        "seed": seed,
    }
    run = agent.run_script(database, INSIDE / "recomputation.py", "recompute", arguments, say=say)
    answer: dict[str, Any] = dict(run.result)
    wrong = [
        f"{model} {record}: {field} is {stored}, Odoo computes {again}"
        for model, record, field, stored, again in answer["differences"]
    ]
    if wrong or not answer["values"]:
        shown = wrong[:_SHOWN] + ([f"and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else [])
        raise DataError("\n".join(shown) or "no stored value was computed again", hint=_REPORT)
    return answer
