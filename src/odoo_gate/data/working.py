"""The working tables of a generation, in a schema of their own: what is copied how often, when, how large.

`plan` is the plan as it is; `copy` the same with the names of each copy's documents, in the order of the copies, so
that the rows of a copy come together and ids ascend; `range` says which ids an archetype has in which table, `model`
the same of models; `named`, `taken`, `name` belong to `naming`, `distribution` to `distributions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from psycopg import Connection

from odoo_gate.data.archetypes import Archetypes, Span
from odoo_gate.data.catalog import Catalog
from odoo_gate.data.plan import Copy

_SCHEMA = "gate_work"


@contextmanager
def working_tables(connection: Connection) -> Iterator[None]:
    """The schema is there inside the block; when the block fails, the whole database is of no use any more."""
    connection.execute(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE; CREATE SCHEMA {_SCHEMA}")
    yield
    connection.execute(f"DROP SCHEMA {_SCHEMA} CASCADE")


def write_plan(connection: Connection, archetypes: Archetypes, plan: Iterable[Copy]) -> int:
    """`plan`; returns the largest number of a copy."""
    most = 0
    connection.execute(
        f"CREATE UNLOGGED TABLE {_SCHEMA}.plan (unit int, number int, job int, days int, factor int, job_unit int)"
    )
    job_units = [unit.job for unit in archetypes.units]
    with connection.cursor().copy(f"COPY {_SCHEMA}.plan FROM STDIN".encode()) as copy:
        for each in plan:
            copy.write_row((each.unit, each.number, each.job, each.days, each.factor, job_units[each.unit]))
            most = max(most, each.number)
    connection.execute(f"ANALYZE {_SCHEMA}.plan")
    return most


def write_ranges(connection: Connection, archetypes: Archetypes, catalog: Catalog, spans: Mapping[str, Span]) -> None:
    """`range` and `model`."""
    connection.execute(f"CREATE UNLOGGED TABLE {_SCHEMA}.range (tbl text, first int, last int, unit int)")
    with connection.cursor().copy(f"COPY {_SCHEMA}.range FROM STDIN".encode()) as copy:
        for unit in archetypes.units:
            for table, (first, last) in unit.ranges.items():
                copy.write_row((table, first, last, unit.index))
    connection.execute(f"CREATE UNLOGGED TABLE {_SCHEMA}.model (model text, first int, jobs int, last int, width int)")
    with connection.cursor().copy(f"COPY {_SCHEMA}.model FROM STDIN".encode()) as copy:
        for model, table in catalog.models.items():
            span = spans.get(table)
            if span:
                copy.write_row((model, span.first, span.jobs, span.last, span.width))
    connection.execute(f"CREATE INDEX ON {_SCHEMA}.range (tbl); ANALYZE {_SCHEMA}.range; ANALYZE {_SCHEMA}.model")


def write_copies(connection: Connection) -> None:
    """`copy`: the plan with names, prefixes and numbers of its own documents; its job's names follow its own."""
    connection.execute(
        f"""
        CREATE UNLOGGED TABLE {_SCHEMA}.copy AS
        WITH own AS MATERIALIZED (
            SELECT unit, copy, array_agg(new ORDER BY name) AS names, array_agg(prefix ORDER BY name) AS prefixes,
                   array_agg(number ORDER BY name) AS numbers
              FROM {_SCHEMA}.name GROUP BY unit, copy
        )
        SELECT p.unit, p.number, p.job, p.days, p.factor, coalesce(o.names, '{{}}') || j.names AS names, o.prefixes,
               o.numbers
          FROM {_SCHEMA}.plan p
          LEFT JOIN own o ON o.unit = p.unit AND o.copy = p.number
          LEFT JOIN own j ON j.unit = p.job_unit AND j.copy = p.job
         ORDER BY p.number, p.unit""".encode()
    )
    connection.execute(f"ANALYZE {_SCHEMA}.copy")
