"""Measure every invariant of one database at one moment."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from odoo_gate.invariants.catalog import read_catalog
from odoo_gate.invariants.model import Block, Custom, InvariantsError, Kind, Measured, Snapshot
from odoo_gate.invariants.question import (
    FLAWS,
    MOST_FLAWS,
    Absent,
    Answer,
    Invariant,
    Question,
    Source,
    measure,
    written,
)
from odoo_gate.invariants.registry import ALL
from odoo_gate.model import Say, silent

MOST_BLOCKS = 1000
"""Blocks of rows a table is cut into for drilling down."""


@dataclass(frozen=True, slots=True)
class Inside:
    """What `measure_inside` measured inside Odoo: question → rows of (key, value)."""

    rows: Mapping[str, Sequence[Sequence[str]]]


def take_snapshot(
    connection: psycopg.Connection,
    files: Mapping[str, tuple[int, str]] | None,
    customs: Sequence[Custom] = (),
    *,
    retention_accounts: Sequence[str] = (),
    inside: Inside | None = None,
    alone: bool = False,
    say: Say = silent,
) -> Snapshot:
    """All invariants of the database, in one read-only transaction (in the caller's, if one is open).

    `files` is what `Agent.files_checksums` gives; None when the filestore is not at hand. `retention_accounts` are
    patterns of account codes. `inside` is what `measure_inside` gave; without it, what only Odoo can measure is
    absent. `alone` leaves out what is only there to be compared, but for the project's own: enough for `holding`.
    Raises InvariantsError when the database is not Odoo's or a question cannot be asked of it.
    """
    with _one_moment(connection):
        catalog = read_catalog(connection)
        source = Source(connection, catalog, files, inside.rows if inside else {}, tuple(retention_accounts))
        measured: dict[str, dict[str, Measured]] = {}
        absent: dict[str, dict[str, str]] = {}
        seconds: dict[str, float] = {}
        invariants = (*ALL, *(_custom_invariant(custom) for custom in customs))
        for invariant in invariants:
            started = time.monotonic()
            say(f"measuring {invariant.id} of {connection.info.dbname}")
            for question in invariant.questions:
                if alone and question.kind not in FLAWS and invariant in ALL:
                    continue
                answer = _asked(invariant, question, source)
                if isinstance(answer, Absent):
                    absent.setdefault(invariant.id, {})[question.name] = answer.reason
                else:
                    measured.setdefault(invariant.id, {})[question.name] = answer
            seconds[invariant.id] = time.monotonic() - started
    return Snapshot(
        database=connection.info.dbname,
        taken=datetime.now(UTC).isoformat(timespec="seconds"),
        series=catalog.series,
        modules=catalog.modules,
        measured=measured,
        absent=absent,
        titles={invariant.id: invariant.title for invariant in invariants},
        seconds=seconds,
    )


@contextlib.contextmanager
def _one_moment(connection: psycopg.Connection) -> Iterator[None]:
    is_own = connection.info.transaction_status == TransactionStatus.IDLE
    with connection.transaction():
        if is_own:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute("SET LOCAL work_mem = '64MB'")
        connection.execute("SET LOCAL jit = off")  # compiling hundreds of short statements costs more than they do
        yield


def _asked(invariant: Invariant, question: Question, source: Source) -> Measured | Absent:
    try:
        answer = measure(question, source)
        if isinstance(answer, Absent):
            return answer
        rows, total = _kept_rows(question.kind, answer)
        blocks, width = _blocks(question, source)
        return Measured(question.kind, rows, total, answer.examined, question.table, blocks, width)
    except psycopg.Error as error:
        raise InvariantsError(
            f"{invariant.id} ({question.name}) cannot be measured in {source.connection.info.dbname}: {error}",
            hint="correct the statement in gate.toml"
            if invariant.id not in {each.id for each in ALL}
            else "report this with the Odoo series and the installed modules",
        ) from error


def _kept_rows(kind: Kind, answer: Answer) -> tuple[dict[str, str], int]:
    """Rows by key, sorted; a row of several values becomes as many, named by their columns."""
    rows: dict[str, str] = {}
    total = 0
    for key, *values in answer.rows:
        total += 1
        if len(values) == 1:
            rows[_free(rows, str(key))] = as_text(values[0])
            continue
        for name, value in zip(answer.columns, values, strict=True):
            rows[f"{key}: {name}"] = as_text(value)
    if kind in FLAWS:
        return {key: rows[key] for key in sorted(rows)[:MOST_FLAWS]}, total if answer.total is None else answer.total
    return {key: rows[key] for key in sorted(rows)}, len(rows)


def _free(rows: Mapping[str, str], key: str) -> str:
    """`key`, numbered when it is taken: rows with equal keys are all kept."""
    if key not in rows:
        return key
    number = 2
    while f"{key} #{number}" in rows:
        number += 1
    return f"{key} #{number}"


def as_text(value: Any) -> str:
    """A measured value as text. Numbers are exact decimals without trailing zeros."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        number = value if isinstance(value, Decimal) else Decimal(repr(value))
        if not number.is_finite():
            return str(number)
        return format(number.normalize() if number else Decimal(0), "f")
    return str(value)


def _blocks(question: Question, source: Source) -> tuple[tuple[Block, ...], int]:
    """The rows behind an aggregate in blocks of ids, and how many ids wide these are.

    The width is a power of two, and blocks begin at its multiples: those of a table that grew a little still match.
    """
    rows = written(question.rows, source.catalog) if question.rows else ""
    if isinstance(rows, Absent) or not rows:
        return (), 1
    found = source.fetch(
        f"""
        WITH r(id, content) AS ({rows}),
             n(width) AS (SELECT 1::bigint << greatest(ceil(log(2, greatest(max(id) - min(id), 1) / {MOST_BLOCKS}.0)), 0
                                                      )::int FROM r)
        SELECT n.width, r.id / n.width * n.width, min(r.id), max(r.id), count(*),
               CASE WHEN count(*) = 1 THEN min(r.content) ELSE sum(hashtextextended(r.content, 0))::text END
          FROM r, n GROUP BY 1, 2 ORDER BY 2"""
    )
    return tuple(Block(*row[1:]) for row in found), found[0][0] if found else 1


def _custom_invariant(custom: Custom) -> Invariant:
    kind = Kind.HOLDS if custom.holds else Kind.EQUAL
    says = "{value}" if custom.holds else "rows of the project's own invariant"
    if custom.sql:
        statement = Question("rows", kind, says, sql=custom.sql, examined="(SELECT 1) ran" if custom.holds else "")
        return Invariant(custom.id, custom.title, (statement,))
    question = Question("rows", kind, says, ask=lambda source: _from_script(source, custom), is_external=True)
    return Invariant(custom.id, custom.title, (question,))


def _from_script(source: Source, custom: Custom) -> Answer | Absent:
    if custom.id not in source.inside:
        return Absent(f"{custom.script} runs inside Odoo, and no agent was given")
    rows = [tuple(row) for row in source.inside[custom.id]]
    return Answer(rows, ["value"], 1 if custom.holds else len(rows))
