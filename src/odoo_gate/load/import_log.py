"""The peaks of a production log: which profile's transactions arrive, how many a minute in the busiest hour."""

from __future__ import annotations

import gzip
import random
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TextIO

from odoo_gate.errors import UsageError
from odoo_gate.load.access_log import Lines, LogError, LoggedRequest, read_log
from odoo_gate.model import Say, silent
from odoo_gate.traffic.profiles import Profile, load_profiles

MAX_ADDRESSES = 2_000
"""Kept apart in one hour; with more, the number of people is told as at least so many."""
MAX_UNKNOWN = 5_000
"""Kinds of requests that no profile knows, kept apart."""
_RESERVOIR = 2_000
_MAX_LINE = 64 * 1024
_SAY_EVERY = 1_000_000
_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Signature:
    """A kind of request, and the transactions of a profile that make it, by their share."""

    profile: str
    shares: Mapping[str, float]


@dataclass
class Costs:
    """What transactions cost in production: a fair sample of each, so that any log fits into memory."""

    seconds: list[float] = field(default_factory=list)
    queries: list[float] = field(default_factory=list)
    size: list[float] = field(default_factory=list)
    seen: int = 0

    def add(self, request: LoggedRequest, rng: random.Random) -> None:
        self.seen += 1
        for values, value in (
            (self.seconds, request.seconds),
            (self.queries, request.queries),
            (self.size, request.size),
        ):
            if value is None:
                continue
            if len(values) < _RESERVOIR:
                values.append(float(value))
            elif (place := rng.randrange(self.seen)) < _RESERVOIR:
                values[place] = float(value)


@dataclass
class _Hour:
    arrivals: Counter[str] = field(default_factory=Counter)
    minutes: Counter[int] = field(default_factory=Counter)
    addresses: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Peak:
    """The busiest hour of one profile. `start` is aware; `mix` gives each transaction's share of 1.

    `busiest_minute` is the number of arrivals in the worst minute of that hour; `addresses` from how many they came.
    """

    profile: str
    start: datetime
    arrivals_per_minute: float
    busiest_minute: int
    addresses: int
    mix: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ImportedLog:
    """What a log tells: the peak of each profile, what each transaction's request costs, what no profile knows."""

    lines: Lines
    first: datetime
    last: datetime
    peaks: tuple[Peak, ...]
    costs: Mapping[str, Costs]
    """By `profile/transaction`; the transactions that a log cannot tell apart stand together, joined by `|`."""
    unknown: tuple[tuple[str, int], ...]
    refused: int
    """Requests of known transactions that were answered with an HTTP error: they are arrivals all the same."""


def import_log(path: Path, say: Say = silent) -> ImportedLog:
    """Read a log (`-`: standard input; `.gz` is unpacked), line by line.

    Raises LogError when no line of it is a request of a transaction that a profile knows, UsageError when it cannot be
    read.
    """
    with _opened(path) as stream:
        return import_lines(_told(_bounded(stream), say), str(path))


def import_lines(lines: Iterator[str], origin: str) -> ImportedLog:
    """As `import_log`, from lines. Raises LogError."""
    signatures = load_signatures(load_profiles())
    tally = _Tally(signatures)
    counted = Lines()
    for request in read_log(lines, counted):
        tally.add(request)
    if not counted.requests:
        raise LogError(
            f"{origin}: none of {counted.all} lines is a request{_shown(counted)}",
            hint="give Odoo's log with werkzeug at INFO (log_handler = :INFO), or nginx's in its combined format",
        )
    if not tally.hours:
        known = ", ".join(list(signatures)[:5])
        raise LogError(
            f"{origin}: {counted.requests} requests, and none is of a transaction that a profile knows",
            hint=f"transactions are told by requests such as {known}; see docs/capacity.md",
        )
    return tally.result(counted)


def load_signatures(profiles: Mapping[str, Profile]) -> dict[str, Signature]:
    """By the kind of request. Raises ValueError when one speaks of a transaction that no profile has."""
    text = resources.files("odoo_gate.load").joinpath("import_signatures.toml").read_text("utf-8")
    found: dict[str, Signature] = {}
    for told in tomllib.loads(text)["signatures"]:
        weights = {each.name: each.weight for each in profiles[told["profile"]].transactions}
        missing = set(told["transactions"]) - weights.keys()
        if missing:
            raise ValueError(f"{told['profile']} has no transaction {', '.join(sorted(missing))}")
        total = sum(weights[name] for name in told["transactions"])
        shares = {name: weights[name] / total for name in told["transactions"]}
        found |= {what: Signature(told["profile"], shares) for what in told["what"]}
    return found


class _Tally:
    """Counts by hour: as much memory as the log has hours, however long they are."""

    def __init__(self, signatures: Mapping[str, Signature]) -> None:
        self.hours: dict[tuple[str, int], _Hour] = {}
        self._signatures = signatures
        self._costs: dict[str, Costs] = {}
        self._unknown: Counter[str] = Counter()
        self._refused = 0
        self._first = self._last = 0
        self._rng = random.Random(0)

    def add(self, request: LoggedRequest) -> None:
        self._first = min(self._first or request.minute, request.minute)
        self._last = max(self._last, request.minute)
        signature = self._signatures.get(request.what)
        if signature is None:
            if request.what in self._unknown or len(self._unknown) < MAX_UNKNOWN:
                self._unknown[request.what] += 1
            return
        self._refused += request.status >= 400
        hour = self.hours.setdefault((signature.profile, request.minute // _MINUTES), _Hour())
        hour.arrivals[request.what] += 1
        hour.minutes[request.minute] += 1
        if len(hour.addresses) < MAX_ADDRESSES:
            hour.addresses.add(request.address)
        name = f"{signature.profile}/{'|'.join(signature.shares)}"
        self._costs.setdefault(name, Costs()).add(request, self._rng)

    def result(self, counted: Lines) -> ImportedLog:
        profiles = dict.fromkeys(profile for profile, _ in self.hours)
        return ImportedLog(
            lines=counted,
            first=_moment(self._first),
            last=_moment(self._last),
            peaks=tuple(self._peak(profile) for profile in profiles),
            costs=self._costs,
            unknown=tuple(self._unknown.most_common(10)),
            refused=self._refused,
        )

    def _peak(self, profile: str) -> Peak:
        number, hour = max(
            ((number, hour) for (name, number), hour in self.hours.items() if name == profile),
            key=lambda each: (each[1].arrivals.total(), -each[0]),
        )
        total = hour.arrivals.total()
        mix: dict[str, float] = {}
        for what, count in hour.arrivals.items():
            for name, share in self._signatures[what].shares.items():
                mix[name] = mix.get(name, 0.0) + share * count / total
        return Peak(
            profile=profile,
            start=_moment(number * _MINUTES),
            arrivals_per_minute=total / _MINUTES,
            busiest_minute=max(hour.minutes.values()),
            addresses=len(hour.addresses),
            mix=dict(sorted(mix.items(), key=lambda each: -each[1])),
        )


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def _shown(counted: Lines) -> str:
    return f"; the first that cannot be read: {counted.first_unreadable!r}" if counted.first_unreadable else ""


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        if str(path) == "-":
            yield sys.stdin
        elif path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8", errors="replace") as stream:
                yield stream
        else:
            with path.open(encoding="utf-8", errors="replace") as stream:
                yield stream
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"{path} cannot be read: {reason}", hint="name a log, plain or .gz, or - for its lines"
        ) from error


def _bounded(stream: TextIO) -> Iterator[str]:
    """Lines of bounded length: the rest of a longer one counts as a line of its own, which cannot be read."""
    while line := stream.readline(_MAX_LINE):
        yield line


def _told(lines: Iterator[str], say: Say) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if number % _SAY_EVERY == 0:
            say(f"{number:,} lines")
        yield line
