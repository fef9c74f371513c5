"""The names of documents, such as BILL/2024/03/0007: every copy gets the next number of its journal and prefix.

An archetype's name stands in many texts of its rows (a reference, a label, an origin); wherever it does, the copy's
own name takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from psycopg import Connection, sql

from odoo_gate.data.archetypes import Archetypes, Span, Unit
from odoo_gate.data.catalog import Catalog

_YEAR, _MONTH = "{year}", "{month}"


@dataclass(frozen=True, slots=True)
class Name:
    """A name the archetypes have. `group` is the journal or sequence whose numbers it is one of.

    `restarts` says that the numbers begin anew with every prefix, as a journal's do. `job` is the job it belongs to
    when it is a job's own name.
    """

    index: int
    unit: int
    old: str
    group: str
    template: str
    suffix: str
    padding: int
    day: object
    restarts: bool
    owner: tuple[str, int] | None


def read_names(connection: Connection, archetypes: Archetypes, catalog: Catalog) -> list[Name]:
    """Every name that a journal or an `ir.sequence` gave to an archetype."""
    found: list[Name] = []
    for unit in archetypes.units:
        for number in unit.numbers:
            template = number.prefix.replace("%(year)s", _YEAR).replace("%(month)s", _MONTH)
            found.append(
                Name(len(found), unit.index, number.text, f"sequence {number.sequence}", template, number.suffix,
                     number.padding, unit.anchor, False, None)
            )  # fmt: skip
    for table in _numbered_tables(catalog, archetypes.spans):
        found.extend(_journal_names(connection, table, len(found)))
    return found


def _numbered_tables(catalog: Catalog, spans: Mapping[str, Span]) -> Iterator[str]:
    """Tables of documents that a journal numbers: they know prefix and number apart."""
    for table in spans:
        if all(
            catalog.column(table, name) for name in ("name", "sequence_prefix", "sequence_number", "journal_id", "date")
        ):
            yield table


def _journal_names(connection: Connection, table: str, first: int) -> Iterator[Name]:
    rows = connection.execute(
        sql.SQL(
            "SELECT r.unit, t.id, t.name, t.sequence_prefix, t.sequence_number, t.journal_id, t.date FROM {} t"
            " JOIN gate_work.range r ON r.tbl = %s AND t.id > r.first AND t.id <= r.last"
            " WHERE t.name LIKE '%%' || t.sequence_number AND t.sequence_prefix <> '' ORDER BY t.id"
        ).format(sql.Identifier(table)),
        [table],
    ).fetchall()
    for index, (unit, row, name, prefix, _number, journal, day) in enumerate(rows, first):
        template = prefix.replace(f"{day:%Y}", _YEAR, 1).replace(f"/{day:%m}/", f"/{_MONTH}/", 1)
        yield Name(index, unit, name, f"{table} {journal}", template, "", len(name) - len(prefix), day, True,
                   (table, row))  # fmt: skip


def number_copies(connection: Connection, names: Sequence[Name], archetypes: Archetypes) -> None:
    """Fill `gate_work.name` with the name of every copy: numbers go on from the archetypes', in the order of dates."""
    connection.execute(
        "CREATE UNLOGGED TABLE gate_work.named (name int, unit int, old text, grp text, template text, suffix text,"
        " padding int, day date, restarts bool)"
    )
    columns = "name, unit, old, grp, template, suffix, padding, day, restarts"
    with connection.cursor().copy(f"COPY gate_work.named ({columns}) FROM STDIN".encode()) as copy:
        for each in names:
            copy.write_row((each.index, each.unit, each.old, each.group, each.template, each.suffix, each.padding,
                            each.day, each.restarts))  # fmt: skip
    connection.execute(
        "CREATE UNLOGGED TABLE gate_work.taken (grp text, prefix text, number int, PRIMARY KEY (grp, prefix))"
    )
    for table in {each.owner[0] for each in names if each.owner}:
        connection.execute(
            sql.SQL(
                "INSERT INTO gate_work.taken SELECT {} || ' ' || journal_id, sequence_prefix, max(sequence_number)"
                " FROM {} WHERE sequence_prefix <> '' GROUP BY 1, 2"
            ).format(sql.Literal(table), sql.Identifier(table))
        )
    last: dict[int, int] = {}
    for unit in archetypes.units:
        for number in unit.numbers:
            last[number.sequence] = max(last.get(number.sequence, 0), number.number)
    for sequence, number_ in last.items():
        connection.execute("INSERT INTO gate_work.taken VALUES (%s, '', %s)", [f"sequence {sequence}", number_])
    connection.execute("ANALYZE gate_work.named; ANALYZE gate_work.taken")
    connection.execute(_NUMBER)
    connection.execute("ANALYZE gate_work.name")


_NUMBER = """
    CREATE UNLOGGED TABLE gate_work.name AS
    WITH dated AS (
        SELECT n.name, n.unit, c.number AS copy, n.grp, n.suffix, n.padding, n.restarts, n.day + c.days AS day,
               replace(replace(n.template, '{year}', to_char(n.day + c.days, 'YYYY')),
                       '{month}', to_char(n.day + c.days, 'MM')) AS prefix
          FROM gate_work.named n JOIN gate_work.plan c ON c.unit = n.unit
    ), numbered AS (
        SELECT d.*, coalesce(t.number, 0) + row_number() OVER (
                   PARTITION BY d.grp COLLATE "C", (CASE WHEN d.restarts THEN d.prefix ELSE '' END) COLLATE "C"
                   ORDER BY d.day, d.copy, d.name
               ) AS number
          FROM dated d
          LEFT JOIN gate_work.taken t ON t.grp = d.grp AND t.prefix = CASE WHEN d.restarts THEN d.prefix ELSE '' END
    )
    SELECT name, unit, copy, prefix, number::int AS number, grp,
           prefix || lpad(number::text, greatest(padding, length(number::text)), '0') || suffix AS new
      FROM numbered
"""


class Mentions:
    """Finds the names that the texts of archetype rows mention: those of their own document, and of its job."""

    def __init__(self, names: Sequence[Name], units: Sequence[Unit]) -> None:
        own: dict[int, list[Name]] = {}
        for name in names:
            own.setdefault(name.unit, []).append(name)
        self._names = {
            unit.index: {
                each.old: each
                for each in [*(own.get(unit.job, []) if unit.job is not None else []), *own.get(unit.index, [])]
            }
            for unit in units
        }
        self._patterns = {unit: _any_of(known) for unit, known in self._names.items()}
        self.owned = {name.owner: name for name in names if name.owner}
        self._places = {
            unit.index: {
                name.index: place
                for place, name in enumerate(
                    [*own.get(unit.index, []), *(own.get(unit.job, []) if unit.job is not None else [])], 1
                )
            }
            for unit in units
        }

    def place(self, unit: int, name: Name) -> int:
        """Where the copies of the unit have theirs: see `working.write_copies`."""
        return self._places[unit][name.index]

    def of(self, unit: int, texts: Sequence[str | None]) -> list[Name]:
        """In the order they are to be replaced: the longest first, for one may be a part of another."""
        pattern = self._patterns[unit]
        if pattern is None:
            return []
        found = {match for text in texts if text for match in pattern.findall(text)}
        return [self._names[unit][each] for each in sorted(found, key=lambda each: (-len(each), each))]


def _any_of(names: Mapping[str, Name]) -> re.Pattern[str] | None:
    if not names:
        return None
    return re.compile("|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name))))
