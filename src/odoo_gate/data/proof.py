"""Proves what was generated: no broken link, every invariant holds, Odoo computes what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import Connection, sql

from odoo_gate.data.archetypes import Archetypes
from odoo_gate.data.catalog import Catalog
from odoo_gate.data.errors import DataError
from odoo_gate.data.sessions import in_sessions
from odoo_gate.data.spec import INSIDE
from odoo_gate.data.statements import STATEMENTS
from odoo_gate.invariants import ProjectInvariants, holding, observe
from odoo_gate.model import Say
from odoo_gate.odoo.agent_client import Agent

_SHARE, _LEAST, _MOST = 0.01, 6, 200
"""Of the copies of each model, the part that is computed again, and the bounds of its number."""
_SHOWN = 10
_NO_ARCHETYPES = [0, 0]
"""The ids of the archetypes of a table that is filled afterwards."""
_REPORT = "this is a fault of the generator or of an archetype: report it with the lines above"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found to hold: links checked, invariants that passed, stored values that Odoo computes alike."""

    links: int
    invariants: tuple[str, ...]
    not_applicable: Mapping[str, str]
    records: int
    values: int


def check_links(dsn: str, catalog: Catalog, copied: Iterable[str]) -> int:
    """How many foreign keys of the copied tables were checked. Raises DataError when one is broken, or there are none.

    All those of a table in one pass; the planner's statistics of the tables are made first, for this needs them.
    """
    tables = set(copied)
    keys: dict[str, list[tuple[str, str]]] = {}
    for table, column, target in catalog.foreign_keys:
        if table in tables:
            keys.setdefault(table, []).append((column, target))
    in_sessions(dsn, sorted(tables), lambda session, table: session.execute(_statement("ANALYZE {}", table)))
    largest = sorted(keys, key=lambda table: (-len(keys[table]), table))
    found = in_sessions(dsn, largest, lambda session, table: _broken_links(session, table, keys[table]))
    broken = [line for _, lines in sorted(found) for line in lines]
    if broken or not keys:
        raise DataError("\n".join(broken) or "no foreign key was checked", hint=_REPORT)
    return sum(map(len, keys.values()))


def _broken_links(session: Connection, table: str, keys: Sequence[tuple[str, str]]) -> list[str]:
    """What is wrong with the foreign keys (column, target) of a table."""
    counts = [
        sql.SQL(
            "count(*) FILTER (WHERE t.{column} IS NOT NULL"
            " AND t.{column} NOT IN (SELECT r.id FROM {target} r))"  # ids are hashed once, which NOT EXISTS are not
        ).format(column=sql.Identifier(column), target=sql.Identifier(target))
        for column, target in keys
    ]
    row = session.execute(
        sql.SQL("SELECT {} FROM {} t").format(sql.SQL(", ").join(counts), sql.Identifier(table))
    ).fetchone()
    assert row is not None  # an aggregate always has one
    return [
        f"{table}.{column}: {count} rows refer to what is not in {target}"
        for (column, target), count in zip(keys, row, strict=True)
        if count
    ]


def _statement(text: LiteralString, table: str) -> sql.Composed:
    return sql.SQL(text).format(sql.Identifier(table))


def prove(dsn: str, database: str, agent: Agent, archetypes: Archetypes, links: int, seed: int, say: Say) -> Proof:
    """Raises DataError when an invariant fails, a value differs, or nothing was checked."""
    passed, absent = _invariants(dsn, database, agent, say)
    answer = _recomputed(database, agent, archetypes, seed, say)
    return Proof(links, passed, absent, answer["records"], answer["values"])


def _invariants(dsn: str, database: str, agent: Agent, say: Say) -> tuple[tuple[str, ...], dict[str, str]]:
    say("measuring the invariants")
    results = holding(observe(dsn, database, agent, ProjectInvariants(), alone=True))
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
        "tables": {STATEMENTS: _NO_ARCHETYPES, **{table: [s.first, s.last] for table, s in archetypes.spans.items()}},
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
