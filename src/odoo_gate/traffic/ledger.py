"""What became of every intent, read back from the database: what people were told against what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg.sql import SQL

from odoo_gate.model import Metric
from odoo_gate.traffic.model import Sample, Traffic
from odoo_gate.traffic.profiles import Profile, Record, find_profile

WITHOUT_WEBSOCKET = "people without a websocket"


@dataclass(frozen=True, slots=True)
class Entry:
    """One intent: the sample, how many records it has, how many are done, how many are half."""

    sample: Sample
    records: int
    done: int
    half: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every intent that was to leave a record."""

    entries: tuple[Entry, ...]

    @property
    def done(self) -> tuple[Entry, ...]:
        """What is in the database as it should be."""
        return tuple(entry for entry in self.entries if entry.done == 1 and entry.records == 1)

    @property
    def lost(self) -> tuple[Entry, ...]:
        """Acknowledged, and absent or not where the person was told it is."""
        return tuple(entry for entry in self.entries if entry.sample.is_acknowledged and entry.done == 0)

    @property
    def doubled(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.records > 1)

    @property
    def half(self) -> tuple[Entry, ...]:
        """Records that are not whole, whatever the person was told."""
        return tuple(entry for entry in self.entries if entry.half)

    @property
    def is_right(self) -> bool:
        """Whether something was acknowledged and everything is there once and whole."""
        told = any(entry.sample.is_acknowledged for entry in self.entries)
        return told and not (self.lost or self.doubled or self.half)


def ledger(dsn: str, samples: Iterable[Sample]) -> Ledger:
    """Look up every sample whose transaction leaves a record. Raises psycopg.Error, UsageError."""
    by_kind: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        by_kind.setdefault((sample.profile, sample.transaction), []).append(sample)
    entries: list[Entry] = []
    with psycopg.connect(dsn) as connection:
        for (profile, transaction), those in by_kind.items():
            record = find_profile(profile).transaction(transaction).record
            if record is not None:
                entries.extend(_entries(connection, record, those))
    return Ledger(tuple(entries))


def business_metrics(dsn: str, traffic: Traffic) -> tuple[tuple[Metric, float | None], ...]:
    """The numbers the profile's business looks at, and what each must be (None: whatever it is).

    Those of the database, and how people's websockets did. Raises psycopg.Error.
    """
    if not traffic.samples:
        return ()
    profile = find_profile(traffic.samples[0].profile)
    with psycopg.connect(dsn) as connection:
        modules = _installed(connection)
        facts = {
            "keys": [_key(sample) for sample in traffic.samples if sample.is_acknowledged],
            "started": traffic.started,
            "ended": traffic.ended,
            "seconds": seconds_at_peak(profile, traffic),
        }
        return (*_metrics(connection, profile, modules, facts), *_notifications(traffic))


def seconds_at_peak(profile: Profile, traffic: Traffic) -> float:
    """From the first arrival to the end of everything but what happens once, afterwards."""
    afterwards = {each.name for each in profile.transactions if each.last}
    at_peak = [sample.ended for sample in traffic.samples if sample.transaction not in afterwards]
    return max(at_peak, default=traffic.ended) - traffic.started


def _metrics(
    connection: psycopg.Connection, profile: Profile, modules: frozenset[str], facts: Mapping[str, object]
) -> Iterable[tuple[Metric, float | None]]:
    for metric in profile.metrics:
        if set(metric.modules) <= modules:
            row = connection.execute(metric.sql.encode(), facts).fetchone()
            if row is None or row[0] is None:
                raise psycopg.DataError(f"{profile.name}: the metric {metric.name!r} gives no number")
            yield Metric(metric.name, float(row[0]), metric.unit), metric.expect


def _notifications(traffic: Traffic) -> Iterable[tuple[Metric, float | None]]:
    if traffic.notifications is not None:
        yield Metric(WITHOUT_WEBSOCKET, traffic.notifications.refused, "1"), 0.0
        yield Metric("websockets lost", traffic.notifications.lost, "1"), None
        yield Metric("notifications heard", traffic.notifications.heard, "1"), None


def _entries(connection: psycopg.Connection, record: Record, samples: Sequence[Sample]) -> Iterable[Entry]:
    question = SQL(
        f"SELECT key, count(*), count(*) FILTER (WHERE done), count(*) FILTER (WHERE NOT coalesce(whole, false))"
        f" FROM (SELECT {record.key} AS key, {record.done} AS done, {record.whole} AS whole FROM {record.table} r) each"
        " WHERE key = ANY(%s) GROUP BY key"
    )
    rows = connection.execute(question, [[_key(sample) for sample in samples]]).fetchall()
    found = {key: (records, done, half) for key, records, done, half in rows}
    return [Entry(sample, *found.get(_key(sample), (0, 0, 0))) for sample in samples]


def _key(sample: Sample) -> str:
    return sample.key or sample.intent


def _installed(connection: psycopg.Connection) -> frozenset[str]:
    rows = connection.execute("SELECT name FROM ir_module_module WHERE state = 'installed'")
    return frozenset(name for (name,) in rows)
