"""Copies the archetypes by SQL, all copies of a table with one statement, several tables at once.

The copy of a row has its id plus a whole multiple of what the archetypes take of that table's ids: so every link
between rows of one document is known without looking anything up, and links to masters stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from psycopg import Connection

from odoo_gate.data.archetypes import Archetypes, Span
from odoo_gate.data.catalog import Catalog
from odoo_gate.data.copying import copy_links, copy_rows
from odoo_gate.data.distributions import map_distributions
from odoo_gate.data.errors import DataError
from odoo_gate.data.indexes import drop_indexes
from odoo_gate.data.naming import Mentions, number_copies, read_names
from odoo_gate.data.plan import Copy
from odoo_gate.data.sessions import in_sessions
from odoo_gate.data.working import write_copies, write_plan, write_ranges
from odoo_gate.model import Say

_INT4 = 2**31 - 1
_MANY_ROWS = 20_000
"""From so many copied rows on, indexes are made anew instead of kept up row by row."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A table's new rows, and the statements that make the indexes it lacks."""

    rows: int
    indexes: tuple[str, ...]


def clone_archetypes(
    dsn: str, connection: Connection, catalog: Catalog, archetypes: Archetypes, plan: Iterable[Copy], say: Say
) -> dict[str, Filled]:
    """Make every copy of `plan`; returns what was added, by table. `connection` is one of `dsn` that commits at once.

    Indexes that were in the way are missing until `indexes.make_indexes`, foreign keys are not checked until
    `proof.check_links`. The working tables are filled and stay.
    Raises DataError when ids run out, psycopg.Error when a copy breaks a constraint of the database.
    """
    spans = {table: span for table, span in archetypes.spans.items() if table not in catalog.excluded}
    rounds = write_plan(connection, archetypes, plan)
    _check_ids(spans, rounds)
    write_ranges(connection, archetypes, catalog, spans)
    names = read_names(connection, archetypes, catalog)
    number_copies(connection, names, archetypes)
    write_copies(connection)
    map_distributions(connection, catalog, spans)
    mentions = Mentions(names, archetypes.units)

    def fill(session: Connection, table: str) -> Filled:
        if table not in spans:
            return Filled(copy_links(session, table, catalog, spans), ())
        many = archetypes.rows(table) * rounds >= _MANY_ROWS
        indexes = drop_indexes(session, table) if many else []
        rows = copy_rows(session, table, catalog, spans, mentions)
        if rows >= _MANY_ROWS:
            say(f"{table}: {rows:,} rows")
        return Filled(rows, tuple(indexes))

    filled = in_sessions(dsn, _largest_first(catalog, spans), fill)
    return {table: each for table, each in sorted(filled, key=lambda pair: pair[0]) if each.rows or each.indexes}


def _largest_first(catalog: Catalog, spans: Mapping[str, Span]) -> list[str]:
    """Tables of rows and of links, by the values a round of copies adds."""
    rows = {table: span.width * len(catalog.tables.get(table, ())) for table, span in spans.items()}
    return sorted({*rows, *catalog.link_tables()}, key=lambda table: (-rows.get(table, 0), table))


def _check_ids(spans: Mapping[str, Span], rounds: int) -> None:
    for table, span in spans.items():
        if span.last + span.width * rounds > _INT4:
            raise DataError(
                f"{table}: {rounds} rounds of {span.width} ids are more than an integer holds",
                hint="choose a smaller scale",
            )
