"""Generates the data of a specification into a database: archetypes, copies, proof."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from odoo_gate.data.aftermath import settle
from odoo_gate.data.archetypes import Archetypes
from odoo_gate.data.catalog import Catalog, read_catalog
from odoo_gate.data.clock import set_back
from odoo_gate.data.cloning import clone_archetypes
from odoo_gate.data.errors import DataError
from odoo_gate.data.indexes import make_indexes
from odoo_gate.data.plan import copies, rounds
from odoo_gate.data.proof import Proof, check_links, prove
from odoo_gate.data.spec import INSIDE, PERIOD_START, DataSpec
from odoo_gate.data.working import working_tables
from odoo_gate.model import Say
from odoo_gate.odoo.agent_client import Agent
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed

_SHAPING = (
    "aftermath", "archetypes", "catalog", "clock", "cloning", "columns", "copying", "distributions", "generation",
    "indexes", "inside/building", "naming", "plan", "sessions", "spec", "statements", "working",
)  # fmt: skip
"""The files of this room that shape what is generated: a change of one makes other templates."""
LABEL = re.compile(r"\bdata, |\bproduction(,| as it is)")
"""What the label of every template of data holds: generated, or a dump of production."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What was generated. `seconds` maps archetypes, copies and proof to what each took; `rows` table to copies."""

    archetypes: Archetypes
    rows: dict[str, int]
    proof: Proof
    seconds: dict[str, float]


def data_template(testbed: Testbed, release: Release, spec: DataSpec, say: Say) -> Template:
    """A template of all modules of `release` with the data of `spec`, made now if the store has none.

    Raises DataError when the data does not hold, and what the store and the agent raise.
    """
    parent = testbed.full_template(release)

    def fill(database: str) -> None:
        generate(testbed.postgres.dsn(database), database, release.agent, spec, say)

    label = f"{spec.profile} data, {spec.scale}, seed {spec.seed}"
    return testbed.store.layer(parent, recipe(spec), label, fill, release.agent)


def recipe(spec: DataSpec) -> dict[str, str | int]:
    """Everything that shapes the data besides the template it is put into."""
    code = hashlib.sha256()
    for name in _SHAPING:
        code.update((INSIDE.parent / f"{name}.py").read_bytes())
    for family in spec.families:
        code.update(family["source"].encode())
    return {
        "kind": "synthetic",
        "profile": spec.profile,
        "scale": spec.scale,
        "seed": spec.seed,
        "code": code.hexdigest(),
    }


def generate(dsn: str, database: str, agent: Agent, spec: DataSpec, say: Say) -> Generated:
    """Fill `database`, which all modules are installed in and nobody else uses. Raises DataError, AgentError."""
    seconds: dict[str, float] = {}
    with _timed(seconds, "archetypes"):
        archetypes = make_archetypes(agent, database, spec, say)
    with _timed(seconds, "copies"), _database_errors(database):
        rows, catalog = _copy(dsn, archetypes, spec, say)
    with _timed(seconds, "proof"):
        links = check_links(dsn, catalog, rows)
        proof = prove(dsn, database, agent, archetypes, links, spec.seed, say)
    say(
        f"{sum(rows.values()):,} rows: {len(proof.invariants)} invariants and {links} foreign keys hold,"
        f" {proof.values:,} stored values are what Odoo computes"
    )
    return Generated(archetypes, rows, proof, seconds)


def make_archetypes(agent: Agent, database: str, spec: DataSpec, say: Say) -> Archetypes:
    """The documents everything is copied from, made by Odoo itself. Raises AgentError."""
    arguments = {
        "families": spec.families,
        "seed": spec.seed,
        "period_start": PERIOD_START.isoformat(),
        "jobs_per_company": spec.facts.jobs_per_company,
    }
    return Archetypes.from_json(agent.run_script(database, INSIDE / "building.py", "build", arguments, say=say).result)


def _copy(dsn: str, archetypes: Archetypes, spec: DataSpec, say: Say) -> tuple[dict[str, int], Catalog]:
    """Rows copied by table, and the tables and columns they were copied by."""
    with psycopg.connect(dsn, autocommit=True) as connection, working_tables(connection):
        connection.execute("SET work_mem = '256MB'; SET jit = off")
        catalog = read_catalog(connection)
        with connection.transaction():
            set_back(connection, catalog, archetypes)
        count = rounds(archetypes, spec.facts, _move_lines(connection, archetypes))
        say(f"copying {len(archetypes.units)} archetypes, {count.documents} times each")
        plan = copies(archetypes.units, count, spec.seed)
        filled = clone_archetypes(dsn, connection, catalog, archetypes, plan, say)
        rows = {table: each.rows for table, each in filled.items() if each.rows}
        settle(connection, catalog, rows)
        largest_first = sorted(filled.values(), key=lambda each: -each.rows)
        make_indexes(dsn, (index for each in largest_first for index in each.indexes))
    return rows, catalog


def _move_lines(connection: psycopg.Connection, archetypes: Archetypes) -> int:
    """The journal items of one round of copies."""
    span = archetypes.spans.get("account_move_line")
    if span is None:
        return 0
    row = connection.execute(
        sql.SQL("SELECT count(*) FROM account_move_line WHERE id > {} AND id <= {}").format(
            sql.Literal(span.first), sql.Literal(span.last)
        )
    ).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def _timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    seconds[part] = time.monotonic() - started


@contextmanager
def _database_errors(database: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise DataError(
            f"copying the archetypes in {database}: {error}",
            hint="an archetype whose copies break a constraint cannot be copied as it is: see docs/data.md",
        ) from error
