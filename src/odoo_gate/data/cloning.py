"""Copies the archetypes by SQL, all copies of a table with one statement.

The copy of a row has its id plus a whole multiple of what the archetypes take of that table's ids: so every link
between rows of one document is known without looking anything up, and links to masters stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from psycopg import Connection, sql

from odoo_gate.data.archetypes import Archetypes, Span
from odoo_gate.data.catalog import Catalog, Column
from odoo_gate.data.columns import TRANSLATED, expression, model_column, moved_id, token
from odoo_gate.data.distributions import map_distributions
from odoo_gate.data.errors import DataError
from odoo_gate.data.indexes import without_indexes
from odoo_gate.data.naming import Mentions, number_copies, read_names
from odoo_gate.data.plan import Copy
from odoo_gate.model import Say

_INT4 = 2**31 - 1
_MANY_ROWS = 20_000
"""From so many copied rows on, indexes are made anew instead of kept up row by row."""


@dataclass(frozen=True, slots=True)
class Cloned:
    """Rows added, by table."""

    rows: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def clone_archetypes(
    connection: Connection, catalog: Catalog, archetypes: Archetypes, plan: Iterable[Copy], say: Say
) -> Cloned:
    """Make every copy of `plan`. Foreign keys are not checked here: see `proof.broken_links`.

    Raises DataError when ids run out, psycopg.Error when a copy breaks a constraint of the database.
    """
    return _Cloning(connection, catalog, archetypes, say).run(plan)


class _Cloning:
    def __init__(self, connection: Connection, catalog: Catalog, archetypes: Archetypes, say: Say) -> None:
        self._connection = connection
        self._catalog = catalog
        self._archetypes = archetypes
        self._spans = {table: span for table, span in archetypes.spans.items() if table not in catalog.excluded}
        self._say = say

    def run(self, plan: Iterable[Copy]) -> Cloned:
        connection = self._connection
        connection.execute("SET LOCAL session_replication_role = replica; SET LOCAL work_mem = '256MB'")
        connection.execute("SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL jit = off")
        rounds = self._write_plan(plan)
        self._write_ranges()
        self._check_ids(rounds)
        names = read_names(connection, self._archetypes, self._catalog)
        number_copies(connection, names, self._archetypes)
        map_distributions(connection, self._catalog, self._spans)
        mentions = Mentions(names, self._archetypes.units)
        rows = {table: self._copy_table(table, rounds, mentions) for table in sorted(self._spans)}
        rows.update({table: self._copy_links(table) for table in self._catalog.link_tables()})
        return Cloned({table: count for table, count in rows.items() if count})

    def _write_plan(self, plan: Iterable[Copy]) -> int:
        """`gate_copy`; returns the largest number of a copy."""
        connection, most = self._connection, 0
        connection.execute(
            "CREATE TEMP TABLE gate_copy (unit int, number int, job int, days int, factor int, job_unit int)"
        )
        with connection.cursor().copy("COPY gate_copy (unit, number, job, days, factor) FROM STDIN") as copy:
            for each in plan:
                copy.write_row((each.unit, each.number, each.job, each.days, each.factor))
                most = max(most, each.number)
        connection.execute("CREATE INDEX ON gate_copy (unit); ANALYZE gate_copy")
        return most

    def _write_ranges(self) -> None:
        connection = self._connection
        connection.execute("CREATE TEMP TABLE gate_range (tbl text, first int, last int, unit int)")
        with connection.cursor().copy("COPY gate_range FROM STDIN") as copy:
            for unit in self._archetypes.units:
                for table, (first, last) in unit.ranges.items():
                    copy.write_row((table, first, last, unit.index))
        connection.execute("CREATE TEMP TABLE gate_model (model text, first int, jobs int, last int, width int)")
        with connection.cursor().copy("COPY gate_model FROM STDIN") as copy:
            for model, table in self._catalog.models.items():
                span = self._spans.get(table)
                if span:
                    copy.write_row((model, span.first, span.jobs, span.last, span.width))
        connection.execute("CREATE INDEX ON gate_range (tbl); ANALYZE gate_range; ANALYZE gate_model")

    def _check_ids(self, rounds: int) -> None:
        for table, span in self._spans.items():
            if span.last + span.width * rounds > _INT4:
                raise DataError(
                    f"{table}: {rounds} rounds of {span.width} ids are more than an integer holds",
                    hint="choose a smaller scale",
                )

    def _copy_table(self, table: str, rounds: int, mentions: Mentions) -> int:
        columns = self._catalog.tables.get(table, ())
        if not any(column.name == "id" for column in columns):
            return 0
        slots = self._select_sources(table, columns, mentions)
        if slots is None:
            return 0
        with without_indexes(self._connection, table, self._archetypes.rows(table) * rounds >= _MANY_ROWS):
            count = self._insert(table, columns, slots)
        self._connection.execute("DROP TABLE gate_source")
        if count >= _MANY_ROWS:
            self._say(f"{table}: {count:,} rows")
        return count

    def _select_sources(self, table: str, columns: Sequence[Column], mentions: Mentions) -> int | None:
        """`gate_source`: the archetypes' rows with the names they mention; returns how many at most, None: no rows."""
        connection = self._connection
        connection.execute(
            sql.SQL(
                "CREATE TEMP TABLE gate_source AS SELECT t.*, r.unit AS gate_unit FROM {} t"
                " JOIN gate_range r ON r.tbl = {} AND t.id > r.first AND t.id <= r.last"
            ).format(sql.Identifier(table), sql.Literal(table))
        )
        texts = [
            column for column in columns if column.is_text or (column.kind == "jsonb" and column.field in TRANSLATED)
        ]
        selected = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column.name)) for column in texts)
        rows = connection.execute(
            sql.SQL("SELECT id, gate_unit{}{} FROM gate_source ORDER BY id").format(
                sql.SQL(", ") if texts else sql.SQL(""), selected
            )
        ).fetchall()
        if not rows:
            connection.execute("DROP TABLE gate_source")
            return None
        units = self._archetypes.units
        mentioned = []
        for row, unit, *values in rows:
            own = mentions.owned.get((table, row))
            for slot, name in enumerate(mentions.of(unit, values), 1):
                mentioned.append((row, slot, name.index, units[name.unit].is_job and not units[unit].is_job, name.old))
            if own is not None:
                mentioned.append((row, 0, own.index, False, own.old))
        connection.execute("CREATE TEMP TABLE gate_mention (id int, slot int, name int, of_job bool, old text)")
        with connection.cursor().copy("COPY gate_mention FROM STDIN") as copy:
            for mention in mentioned:
                copy.write_row(mention)
        slots = max((slot for _, slot, *_ in mentioned), default=0)
        for slot in range(slots + 1):
            self._mark_names(slot, texts if slot else [])
        connection.execute("DROP TABLE gate_mention; ANALYZE gate_source")
        return slots

    def _mark_names(self, slot: int, texts: Sequence[Column]) -> None:
        """Note which name is in the slot of each row, and put the slot's token where the texts mention it.

        In one go for all copies, and before any new name is there: it could hold another old one.
        """
        self._connection.execute(
            (
                f"ALTER TABLE gate_source ADD COLUMN gate_n{slot} int, ADD COLUMN gate_j{slot} bool,"
                f" ADD COLUMN gate_o{slot} text; UPDATE gate_source s SET gate_n{slot} = m.name,"
                f" gate_j{slot} = m.of_job, gate_o{slot} = m.old FROM gate_mention m"
                f" WHERE m.id = s.id AND m.slot = {slot}"
            ).encode()
        )
        if not texts:
            return
        changes = [
            sql.SQL("{name} = replace({name}::text, {old}, {token})::{kind}").format(
                name=sql.Identifier(column.name),
                old=sql.Identifier(f"gate_o{slot}"),
                token=sql.Literal(token(slot)),
                kind=sql.SQL("jsonb" if column.kind == "jsonb" else "text"),
            )
            for column in texts
        ]
        self._connection.execute(
            sql.SQL("UPDATE gate_source SET {} WHERE {} IS NOT NULL").format(
                sql.SQL(", ").join(changes), sql.Identifier(f"gate_n{slot}")
            )
        )

    def _insert(self, table: str, columns: Sequence[Column], slots: int) -> int:
        by_name = {column.name: column for column in columns}
        values = [expression(table, column, by_name, self._spans, slots) for column in columns]
        joins: list[sql.Composable] = [
            sql.SQL(
                "LEFT JOIN gate_name {n} ON {n}.name = s.{name}"
                " AND {n}.copy = CASE WHEN s.{of_job} THEN c.job ELSE c.number END"
            ).format(
                n=sql.Identifier(f"n{slot}"),
                name=sql.Identifier(f"gate_n{slot}"),
                of_job=sql.Identifier(f"gate_j{slot}"),
            )
            for slot in range(slots + 1)
        ]
        model = next((found for column in columns if (found := model_column(by_name, column))), "")
        if model:
            joins.append(sql.SQL("LEFT JOIN gate_model g ON g.model = s.{}").format(sql.Identifier(model)))
        if "analytic_distribution" in by_name:
            joins.append(sql.SQL("LEFT JOIN gate_distribution d ON d.old = s.analytic_distribution AND d.copy = c.job"))
        statement = sql.SQL(
            "INSERT INTO {table} ({names}) SELECT {values} FROM gate_source s"
            " JOIN gate_copy c ON c.unit = s.gate_unit {joins}"
        ).format(
            table=sql.Identifier(table),
            names=sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
            values=sql.SQL(", ").join(values),
            joins=sql.SQL(" ").join(joins),
        )
        return self._connection.execute(statement).rowcount

    def _copy_links(self, table: str) -> int:
        """A many2many table: a link is copied with the document that has either end of it."""
        left, right = self._catalog.tables[table]
        spans = [self._spans.get(column.target) for column in (left, right)]
        if not any(spans):
            return 0
        return self._connection.execute(
            sql.SQL(
                "INSERT INTO {table} ({left}, {right}) SELECT {values} FROM ("
                " SELECT t.*, greatest(a.unit, b.unit) AS unit FROM {table} t"
                " LEFT JOIN gate_range a ON a.tbl = {left_target} AND t.{left} > a.first AND t.{left} <= a.last"
                " LEFT JOIN gate_range b ON b.tbl = {right_target} AND t.{right} > b.first AND t.{right} <= b.last"
                " WHERE a.unit IS NOT NULL OR b.unit IS NOT NULL"
                ") s JOIN gate_copy c ON c.unit = s.unit ON CONFLICT DO NOTHING"
            ).format(
                table=sql.Identifier(table),
                left=sql.Identifier(left.name),
                right=sql.Identifier(right.name),
                left_target=sql.Literal(left.target if spans[0] else ""),
                right_target=sql.Literal(right.target if spans[1] else ""),
                values=sql.SQL(", ").join(map(_moved, (left, right), spans)),
            )
        ).rowcount


def _moved(column: Column, span: Span | None) -> sql.Composable:
    return moved_id(sql.SQL("s.{}").format(sql.Identifier(column.name)), span)
