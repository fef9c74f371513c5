"""What load is made of: people, a plan, one sample for every business transaction, and what the drive left.

Seconds everywhere; moments are seconds since the epoch, as `time.time()` gives them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from odoo_gate.errors import UsageError

MAX_SECONDS = 4 * 3600.0
MAX_ARRIVALS = 200_000
LATE_SECONDS = 0.05
"""A generator whose 99th percentile of lag is above this did not offer the load it was asked for."""


class Outcome(StrEnum):
    """What the person at the screen knows."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    """Odoo said no, in an answer that is whole."""
    UNKNOWN = "unknown"
    """No answer, or none that says: it may or may not have happened."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One business transaction, made of several HTTP requests.

    `key` is what tells its record in the database (see `ledger`): the intent itself where a text field holds it.
    `lines` is the size of the document, `record` the id of what was made.
    """

    profile: str
    transaction: str
    intent: str
    user: str
    scheduled: float
    started: float
    ended: float
    outcome: Outcome
    error: str = ""
    requests: int = 0
    record: int | None = None
    lines: int = 0
    key: str = ""

    @property
    def latency(self) -> float:
        """From the moment it was due: what a late start costs the person is not forgotten."""
        return self.ended - self.scheduled

    @property
    def lag(self) -> float:
        """How late the generator itself began."""
        return self.started - self.scheduled

    @property
    def is_acknowledged(self) -> bool:
        return self.outcome is Outcome.ACKNOWLEDGED


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a login. `company` is the id of the company they work in, `employee` theirs where there is one."""

    login: str
    password: str = field(repr=False)
    role: str
    company: int
    employee: int | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """Who works on a database. `modules` are those installed; `facts` is what else the locustfiles may use.

    `websocket` is the address that serves /websocket; empty: nobody holds one.
    """

    database: str
    people: tuple[Person, ...]
    companies: tuple[int, ...]
    modules: frozenset[str]
    facts: Mapping[str, Any] = field(default_factory=dict)
    websocket: str = ""

    def write(self, path: Path) -> None:
        """As the file the locustfiles read; only its owner may read it."""
        path.touch(mode=0o600)
        plain = {**asdict(self), "modules": sorted(self.modules)}
        path.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


def read_site(path: Path) -> Site:
    """A site from its file. Raises UsageError."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        return Site(
            database=str(plain["database"]),
            people=tuple(Person(**each) for each in plain["people"]),
            companies=tuple(int(each) for each in plain["companies"]),
            modules=frozenset(plain["modules"]),
            facts=dict(plain.get("facts", {})),
            websocket=str(plain.get("websocket", "")),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} does not describe a site: {error}", hint="see docs/load-profiles.md for what it holds"
        ) from error


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of which profile: the schedule of arrivals follows from it, the same for the same plan.

    `seconds` is how long people keep arriving, `users` how many people share the work. With `fixed_work` exactly
    so many transactions arrive at the same rate, in the exact proportions of the mix, however long that takes.
    `mix` replaces the profile's weights by transaction; one that it leaves out does not happen.
    """

    profile: str
    seconds: float
    arrivals_per_minute: float
    users: int
    seed: int
    fixed_work: int | None = None
    mix: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if not 0 < self.seconds <= MAX_SECONDS:
            raise UsageError(f"load for {self.seconds:g} s", hint=f"choose more than 0 s and at most {MAX_SECONDS:g} s")
        if self.users < 1 or not self.arrivals_per_minute > 0:
            raise UsageError("load needs people and arrivals", hint="choose at least one person and a rate above 0")
        if self.fixed_work is not None and self.fixed_work < 1:
            raise UsageError("a fixed work of nothing", hint="choose at least one transaction")
        if self.arrivals > MAX_ARRIVALS:
            raise UsageError(
                f"{self.arrivals:,.0f} arrivals are too many for one drive", hint=f"choose at most {MAX_ARRIVALS:,}"
            )

    @property
    def arrivals(self) -> float:
        """How many transactions are to be expected."""
        return self.fixed_work or self.arrivals_per_minute * self.seconds / 60


@dataclass(frozen=True, slots=True)
class Notifications:
    """What came of the websockets of a drive.

    Of so many `people` some were `refused` one; `lost` counts those that ended by themselves, `heard` notifications.
    """

    people: int
    refused: int
    lost: int
    heard: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one drive left: its samples in the order they ended, and how the generator did.

    `lag_p99` is the 99th percentile of how late the generator began; `generator_cpu` the busiest generator
    process's share of one core (0 to 1). `planned` transactions were due. `notifications` is None when nobody held
    a websocket.
    """

    samples: tuple[Sample, ...]
    lag_p99: float
    generator_cpu: float
    started: float
    ended: float
    planned: int
    folder: Path
    notifications: Notifications | None = None

    @property
    def is_late(self) -> bool:
        """Whether the generator could not keep to its schedule: nothing may be concluded from such a drive.

        Arrivals never wait for answers, so a slow Odoo is no reason for a late start.
        """
        return self.lag_p99 > LATE_SECONDS

    def of(self, transaction: str) -> tuple[Sample, ...]:
        return tuple(sample for sample in self.samples if sample.transaction == transaction)


def read_samples(path: Path) -> tuple[Sample, ...]:
    """Every whole line of a samples file, also while it is being written. Raises UsageError for what is no sample."""
    if not path.exists():
        return ()
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return samples_of([line for line in lines if line.endswith("\n")], str(path))


def samples_of(lines: Sequence[str], origin: str) -> tuple[Sample, ...]:
    """Samples from JSON lines. Raises UsageError."""
    try:
        plain = [json.loads(line) for line in lines]
        return tuple(Sample(**{**each, "outcome": Outcome(each["outcome"])}) for each in plain)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{origin} holds something that is no sample: {error}", hint="drive again") from error
