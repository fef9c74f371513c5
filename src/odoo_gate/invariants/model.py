"""What is measured of a database, and what a comparison of two says: frozen, and JSON when it must travel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from odoo_gate.errors import GateError
from odoo_gate.model import Finding, Metric, Severity

_VERSION = 1
"""Of the JSON a snapshot is written as."""


class InvariantsError(GateError):
    """A database could not be measured: the statement of an invariant failed, or a snapshot is of another version."""


class Kind(StrEnum):
    """What two measurements of one question must have in common. Rows are (key, value).

    EQUAL: the same keys with the same values. KEPT: every key of before is there with its value; new ones are fine.
    NOT_LOWER: every key of before is there, its number not smaller. HOLDS: no row may exist, each is a violation; two
    databases are compared as NEVER_WORSE, for what was wrong before is not the release's doing.
    NEVER_WORSE: rows are flaws that a database may have, but that must not become more.
    FILLED: values such as `7 of 9`: no more may be lost than rows are fewer. RIGHTS: compared by `rights.py`.
    """

    EQUAL = "equal"
    KEPT = "kept"
    NOT_LOWER = "not-lower"
    HOLDS = "holds"
    NEVER_WORSE = "never-worse"
    FILLED = "filled"
    RIGHTS = "rights"


class Result(StrEnum):
    """How an invariant ended. NOT_APPLICABLE: the databases have nothing to ask it of; never a pass."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of a table with ids from `place` on, as many ids as the blocks of the table are wide.

    `first` and `last` are the ids there are, `count` the rows; `content` is the row itself when it is the only one,
    else a checksum of them all.
    """

    place: int
    first: int
    last: int
    count: int
    content: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One question's answer. `total` counts all rows, of which `rows` holds the first by key (all, but of flaws).

    `examined` is how many records were looked at: an answer about none says nothing.
    `table` and `blocks`, each `width` ids wide, are for drilling down: where the rows behind the aggregate are.
    """

    kind: Kind
    rows: Mapping[str, str]
    total: int
    examined: int
    table: str = ""
    blocks: tuple[Block, ...] = ()
    width: int = 1

    @property
    def is_complete(self) -> bool:
        return self.total == len(self.rows)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All invariants of one database at one moment.

    `measured`: invariant id → question → answer; `absent`: invariant id → question → why it could not be asked.
    `taken` is an ISO time in UTC, `series` such as `19.0`, `modules` the installed ones with their versions,
    `seconds` how long each invariant took to measure.
    """

    database: str
    taken: str
    series: str
    modules: Mapping[str, str]
    measured: Mapping[str, Mapping[str, Measured]]
    absent: Mapping[str, Mapping[str, str]]
    titles: Mapping[str, str]
    seconds: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The snapshot in plain JSON types."""
        return {"version": _VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """A snapshot from what `to_json` gave. Raises InvariantsError for another version's."""
        if data.get("version") != _VERSION:
            raise InvariantsError(f"a snapshot of version {data.get('version')}, not {_VERSION}", hint="take it again")
        facts = {name: value for name, value in data.items() if name != "version"}
        measured = {
            invariant: {name: _measured_from(each) for name, each in questions.items()}
            for invariant, questions in facts["measured"].items()
        }
        return cls(**{**facts, "measured": measured})

    def dumps(self) -> str:
        return json.dumps(self.to_json(), sort_keys=True)


def _measured_from(data: Mapping[str, Any]) -> Measured:
    blocks = tuple(Block(**block) for block in data["blocks"])
    return Measured(**{**data, "kind": Kind(data["kind"]), "blocks": blocks})


@dataclass(frozen=True, slots=True)
class InvariantResult:
    """What one invariant says. `reason` is empty only when it passed; an outcome of FAILED has an error finding."""

    id: str
    title: str
    outcome: Result
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    metrics: tuple[Metric, ...] = ()

    def __post_init__(self) -> None:
        if self.outcome is not Result.PASSED and not self.reason:
            raise ValueError(f"{self.id} {self.outcome} without a reason")
        if (self.outcome is Result.FAILED) != any(each.severity is Severity.ERROR for each in self.findings):
            raise ValueError(f"{self.id} {self.outcome} does not fit its findings")


@dataclass(frozen=True, slots=True)
class Declared:
    """An expected change: `key` is a pattern (`*`, `?`) for the keys of invariant `invariant`, `reason` says why.

    `tolerance` is the most a number may differ; None accepts any change of these keys.
    """

    invariant: str
    key: str
    reason: str
    tolerance: float | None = None

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError(f"the declared change of {self.invariant} {self.key} gives no reason")

    @property
    def exact_tolerance(self) -> Decimal:
        """The tolerance as it was written."""
        return Decimal(repr(self.tolerance or 0))


@dataclass(frozen=True, slots=True)
class Custom:
    """An invariant of the user: exactly one of `sql` and `script` measures it.

    Both give rows of (key, value), to be equal before and after; with `holds`, rows that must not exist.
    `function(env, say)` of `script` runs inside Odoo and returns a list of [key, value].
    """

    id: str
    title: str
    sql: str = ""
    script: Path | None = None
    function: str = "measure"
    holds: bool = False

    def __post_init__(self) -> None:
        if bool(self.sql) == bool(self.script):
            raise ValueError(f"custom invariant {self.id} needs exactly one of sql and script")
