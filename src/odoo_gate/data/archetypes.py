"""What the script inside Odoo made: masters, archetype jobs and archetype documents, by ranges of ids."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Spacing = Literal["free", "weeks", "weekly", "start"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number an `ir.sequence` gave to a document: `text` is what it reads, `prefix` may hold %(year)s."""

    sequence: int
    number: int
    text: str
    prefix: str
    suffix: str
    padding: int


@dataclass(frozen=True, slots=True)
class Unit:
    """One archetype: a job, or a document of one. `ranges` maps table to (first, last], the ids it has there."""

    index: int
    kind: str
    job: int | None
    anchor: datetime.date
    spacing: Spacing
    scalable: bool
    ranges: Mapping[str, tuple[int, int]]
    numbers: tuple[Number, ...]

    @property
    def is_job(self) -> bool:
        return self.spacing == "start"


@dataclass(frozen=True, slots=True)
class Span:
    """The ids of the archetypes in one table: jobs in (first, jobs], documents in (jobs, last]."""

    first: int
    jobs: int
    last: int

    @property
    def width(self) -> int:
        """How far one round of copies lies from the next."""
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class Archetypes:
    """Everything of one generation. `clock` is when it was made, UTC: what stands there was taken from the clock."""

    families: tuple[str, ...]
    units: tuple[Unit, ...]
    spans: Mapping[str, Span]
    masters: Mapping[str, tuple[int, int]]
    clock: tuple[datetime.datetime, datetime.datetime]

    def rows(self, table: str) -> int:
        """Rows a round of copies adds to `table` at most."""
        return self.spans[table].width if table in self.spans else 0

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Archetypes:
        before, masters_end, jobs_end, end = (
            plain[name] for name in ("before", "masters_end", "jobs_end", "end")
        )  # a table that was made meanwhile is in the later ones only
        started, ended = (datetime.datetime.fromisoformat(moment) for moment in plain["clock"])
        return cls(
            families=tuple(plain["families"]),
            units=tuple(_unit(index, unit) for index, unit in enumerate(plain["units"])),
            spans={
                table: Span(first, jobs_end.get(table, first), end[table])
                for table, first in masters_end.items()
                if end[table] > first
            },
            masters={
                table: (before.get(table, 0), last)
                for table, last in masters_end.items()
                if last > before.get(table, 0)
            },
            clock=(started, ended),
        )


def _unit(index: int, plain: Mapping[str, Any]) -> Unit:
    return Unit(
        index=index,
        kind=plain["kind"],
        job=plain["job"],
        anchor=datetime.date.fromisoformat(plain["anchor"]),
        spacing=plain["spacing"],
        scalable=plain["scalable"],
        ranges={table: (first, last) for table, (first, last) in plain["ranges"].items()},
        numbers=tuple(Number(number=n, sequence=s, text=text, **form) for s, n, text, form in plain["numbers"]),
    )
