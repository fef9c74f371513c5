"""From what was seen to where the time went: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from odoo_gate.load.diagnosis.model import Diagnosis, Facts, Moment, PlanScan, Resource, StatementCost
from odoo_gate.model import Finding, Metric, Severity
from odoo_gate.picture import MAX_POINTS, Line, Picture, Shape

BIG_TABLE = 1_000
"""Rows from which reading a whole table for a few of them is worth an index."""
SELECTIVE = 0.1
"""Share of a table's rows up to which a condition is selective."""
_WORTH_TELLING = 0.02
"""Share of the watched time that a statement must take before its scan is told."""
_LOCK_SECONDS = 1.0
_SATURATED = 0.85
_GROWTH = 0.25
_NAME = 110


def diagnose(facts: Facts) -> Diagnosis:
    """Where the time went. Raises ValueError without a single moment."""
    if not facts.moments:
        raise ValueError("nothing was seen")
    saturation = _saturation(facts)
    return Diagnosis(
        facts=facts,
        saturation=saturation,
        findings=(*missing_indexes(facts), *_locks(facts), *_workers(facts), *_saturated(saturation), *_around(facts)),
        metrics=tuple(_metrics(facts, saturation)),
        pictures=_pictures(facts),
        notes=tuple(_notes(facts)),
    )


def missing_indexes(facts: Facts) -> Iterator[Finding]:
    """`missing-index`: statements that read the whole of a big table for a few rows of it."""
    told: set[tuple[str, tuple[str, ...]]] = set()
    for statement in facts.statements or ():
        if statement.total < _WORTH_TELLING * facts.seconds:
            continue
        for scan in statement.scans:
            key = (scan.table, scan.columns)
            if key in told or not is_selective(scan):
                continue
            told.add(key)
            yield _missing_index(statement, scan)


def is_selective(scan: PlanScan) -> bool:
    """Whether few rows of a big table are wanted, by columns that an index could have."""
    return scan.rows >= BIG_TABLE and scan.kept <= SELECTIVE * scan.rows and bool(scan.columns)


def busy_workers(facts: Facts) -> tuple[float, int]:
    """(mean of the transactions that were open, at most one a worker; number of workers). Running jobs count, too."""
    workers = max(1, len(facts.workers.http) - facts.workers.started)
    counts = [min(moment.busy, workers) for moment in facts.moments]
    return sum(counts) / len(counts), workers


def _missing_index(statement: StatementCost, scan: PlanScan) -> Finding:
    columns = ", ".join(scan.columns)
    return Finding(
        "missing-index",
        f"{scan.table} is read from end to end ({scan.rows:.0f} rows, {scan.kept:.0f} wanted) for {columns}: "
        f"{statement.calls} calls, {statement.mean * 1000:.1f} ms each: {statement.text[:_NAME]}",
        Severity.WARNING,
        remedy=f"add an index on {scan.table} ({columns}): index=True on the field, or models.Index",
    )


def _locks(facts: Facts) -> Iterator[Finding]:
    for lock in facts.locks[:3]:
        if lock.seconds >= _LOCK_SECONDS:
            yield Finding(
                "lock-wait",
                f"a statement waited {lock.seconds:.1f} s for a lock: {lock.waiting[:_NAME]} waited for "
                f"{lock.holding[:_NAME]}",
                Severity.WARNING,
                remedy="shorten the transaction that holds it: no call to the outside before the commit",
            )


def _workers(facts: Facts) -> Iterator[Finding]:
    lives = facts.workers
    if lives.killed:
        yield Finding(
            "worker-killed",
            f"{len(lives.killed)} workers were killed in the middle of a request ({lives.killed[0]})",
            Severity.WARNING,
            remedy="move long work into jobs, or raise limit_time_real",
        )
    if lives.recycled:
        reasons = ", ".join(f"{number} by {why}" for why, number in Counter(lives.recycled).most_common())
        yield Finding(
            "worker-recycled",
            f"{len(lives.recycled)} workers were replaced: {reasons}",
            Severity.NOTE,
            remedy="look what needs so much, before raising the limit",
        )
    if lives.retries or lives.retries_exhausted:
        yield Finding(
            "serialization-retries",
            f"Odoo did {lives.retries} transactions again because of others; {lives.retries_exhausted} were given up",
            Severity.WARNING if lives.retries_exhausted else Severity.NOTE,
            remedy="find the row that all of them write: a sequence without gaps, a total on a parent record",
        )


def _saturated(saturation: Mapping[Resource, float]) -> Iterator[Finding]:
    for resource, share in saturation.items():
        if share >= _SATURATED:
            yield Finding(
                "saturated",
                f"{resource}: {share:.0%} in use on the average",
                Severity.NOTE,
                remedy=_REMEDIES[resource],
            )


def _around(facts: Facts) -> Iterator[Finding]:
    machine, use = facts.machine, facts.redis
    grown = machine.memory_end - machine.memory_begin
    if machine.memory_begin and grown > _GROWTH * machine.memory_begin and not facts.workers.recycled:
        yield Finding(
            "memory-grows",
            f"Odoo's memory grew from {machine.memory_begin / 1e6:.0f} to {machine.memory_end / 1e6:.0f} MB",
            Severity.NOTE,
            remedy="watch it for longer: caches fill up once, leaks never stop",
        )
    if use is not None and (use.evicted or use.rejected):
        yield Finding(
            "redis-full",
            f"Redis evicted {use.evicted} keys and refused {use.rejected} connections",
            Severity.WARNING,
            remedy="raise maxmemory or maxclients: an evicted session is a person who must sign in again",
        )


_REMEDIES = {
    Resource.WORKERS: "more workers, if CPU and memory allow; else shorter requests",
    Resource.POSTGRES: "see the waits, locks and statements",
    Resource.CPU: "more cores, or less work: see the slowest transactions",
    Resource.REDIS: "see what talks to Redis so often",
    Resource.GENERATOR: "more generators: see docs/load-profiles.md",
}


def _saturation(facts: Facts) -> dict[Resource, float]:
    busy, workers = busy_workers(facts)
    saturation = {
        Resource.WORKERS: min(1.0, busy / workers),
        Resource.POSTGRES: waiting_share(facts.moments),
        Resource.CPU: facts.machine.cpu,
    }
    if facts.redis is not None:
        saturation[Resource.REDIS] = min(1.0, facts.redis.cpu)
    return saturation


def waiting_share(moments: Sequence[Moment]) -> float:
    """Of the backends inside a statement, the share that waited (for locks, disk, each other); 0 when none was."""
    active = sum(moment.active for moment in moments)
    return min(1.0, sum(sum(moment.waits.values()) for moment in moments) / active) if active else 0.0


def _metrics(facts: Facts, saturation: Mapping[Resource, float]) -> Iterator[Metric]:
    busy, workers = busy_workers(facts)
    yield Metric("looks", len(facts.moments), "1")
    yield Metric("busy workers", busy, "1")
    yield Metric("workers", workers, "1")
    for resource, share in saturation.items():
        yield Metric(f"{resource} in use", share, "share")
    yield Metric("retries", facts.workers.retries, "1")
    yield Metric("retries given up", facts.workers.retries_exhausted, "1")
    yield Metric("workers recycled", len(facts.workers.recycled), "1")
    yield Metric("longest lock wait", max((lock.seconds for lock in facts.locks), default=0.0), "s")
    yield Metric("Odoo memory highest", facts.machine.memory_peak, "bytes")
    yield Metric("Odoo CPU", facts.machine.odoo_cpu, "share")
    for name, deepest in facts.queues.deepest.items():
        yield Metric(f"queue {name} deepest", deepest, "1")
    if facts.redis is not None:
        yield Metric("Redis commands", facts.redis.commands_per_second, "1/s")
        yield Metric("Redis slowest ping", facts.redis.slowest_ping, "s")


def _pictures(facts: Facts) -> dict[str, Picture]:
    pictures = {"workers": _workers_picture(facts)}
    waits: Counter[str] = Counter()
    for moment in facts.moments:
        waits.update(moment.waits)
    if waits:
        shares = [(name, number / len(facts.moments)) for name, number in waits.most_common(12)]
        pictures["waits"] = Picture(
            Shape.BARS,
            "What statements waited for",
            f"{shares[0][0]} was waited for most: {shares[0][1]:.2f} statements at any moment",
            "statements waiting at any moment",
            "wait event",
            tuple(Line(name, ((share,),)) for name, share in shares),
        )
    if facts.statements:
        pictures["statements"] = Picture(
            Shape.BARS,
            "Where PostgreSQL spent its time",
            f"{facts.statements[0].total:.2f} s went into: {facts.statements[0].text[:_NAME]}",
            "seconds",
            "statement",
            tuple(Line(name, ((each.total,),)) for name, each in _named(facts.statements)),
        )
    return pictures


def _named(statements: Sequence[StatementCost]) -> Iterator[tuple[str, StatementCost]]:
    for number, each in enumerate(statements, start=1):
        yield f"{number}. {each.text[:_NAME]}", each


def _workers_picture(facts: Facts) -> Picture:
    step = -(-len(facts.moments) // MAX_POINTS)
    kept, first = facts.moments[::step], facts.moments[0].at
    busy, workers = busy_workers(facts)
    lines = (
        Line("transactions open", tuple((each.at - first, float(each.busy)) for each in kept)),
        Line("statements running", tuple((each.at - first, float(each.active)) for each in kept)),
        Line("waiting for a lock", tuple((each.at - first, float(each.blocked)) for each in kept)),
    )
    text = f"{busy:.1f} of {workers} workers were busy on the average"
    return Picture(Shape.LINES, "Workers and PostgreSQL", text, "seconds", "at the same time", lines)


def _notes(facts: Facts) -> Iterator[str]:
    if facts.statements is None:
        yield "statements were not counted: the server does not load pg_stat_statements"
    elif unplanned := sum(not each.plan for each in facts.statements):
        yield f"{unplanned} of {len(facts.statements)} statements have no plan: their parameters have no type"
    if not facts.workers.http:
        yield "the log names no worker: how many there are is not known"
    if facts.redis is None:
        yield "Redis was not watched"
