"""What every drill must show, whatever was hit: nothing lost, nothing doubled, work goes on in time, all is undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from odoo_gate.invariants import Result, compare, nothing_asked
from odoo_gate.model import Finding, Metric, Severity
from odoo_gate.resilience.drill import Drilled
from odoo_gate.resilience.timeline import Timeline, share_failed
from odoo_gate.traffic import Entry, Ledger

_TOLERATED = 0.05
"""Share of transactions that may fail beyond ordinary service once work goes on as before."""
_MOST = 5
"""Examples a finding names."""
_LOGS = "read the logs of Odoo and of what was hit in the run folder (logs/)"


def drill_findings(drilled: Drilled, most_seconds: float) -> Iterator[Finding]:
    """`resilience.<drill>`: the common pass, then what the fault found itself. `most_seconds` bounds recovery."""
    yield from _struck(drilled)
    yield from _recovered(drilled, most_seconds)
    yield from _kept(drilled)
    yield from _holding(drilled)
    for wound in drilled.wounds:
        yield Finding("not-undone", f"after {drilled.drill}, {wound}", remedy=_LOGS)
    yield from drilled.findings


def drill_metrics(drilled: Drilled) -> tuple[Metric, ...]:
    """Recovery in seconds, and counts of transactions."""
    line, books = drilled.timeline, drilled.books
    seconds = line.recovery_seconds
    return (
        *((Metric("recovery_seconds", seconds, "s"),) if seconds is not None else ()),
        Metric("outage_seconds", line.over - line.struck, "s"),
        Metric("transactions", len(line.samples), "1"),
        Metric("under_way", len(line.under_way), "1"),
        Metric("failed", len(line.failed), "1"),
        Metric("failed_after_recovery", len(line.failed_after), "1"),
        Metric("acknowledged_done", len(books.done), "1"),
        Metric("acknowledged_lost", len(books.lost), "1"),
        Metric("doubled", len(books.doubled), "1"),
        Metric("half", len(books.half), "1"),
        *drilled.metrics,
    )


def _struck(drilled: Drilled) -> Iterator[Finding]:
    if not drilled.timeline.under_way:
        yield Finding(
            "nothing-under-way",
            f"{drilled.what}: nobody was at work while it lasted, so nothing was drilled",
            remedy="raise resilience.arrivals_per_minute in gate.toml",
        )


def _recovered(drilled: Drilled, most_seconds: float) -> Iterator[Finding]:
    line = drilled.timeline
    seconds = line.recovery_seconds
    if seconds is None:
        message = f"{drilled.what}: work did not go on as before; {_last_words(line)}"
        yield Finding("not-recovered", message, remedy=_LOGS)
        return
    if seconds > most_seconds:
        message = (
            f"{drilled.what}: it took {seconds:.1f} s until work went on, more than the {most_seconds:g} s allowed"
        )
        yield Finding(
            "recovery-too-slow",
            message,
            remedy="find out what takes so long (picture), or set "
            f"resilience.max_recovery_seconds.{drilled.drill} to what was agreed",
        )
    usual, now = share_failed(line.before), len(line.failed_after) / max(1, len(line.after))
    if now > usual + _TOLERATED and len(line.failed_after) > 1:
        message = f"{drilled.what}: {now:.0%} of transactions failed after work went on, {usual:.0%} before it"
        yield Finding("errors-after-recovery", f"{message}; {_last_words(line)}", remedy=_LOGS)


def _last_words(line: Timeline) -> str:
    """The last error people saw, or how many tried."""
    failed = line.failed
    if not failed:
        return f"{len(line.later)} transactions began afterwards, too few to tell"
    last = failed[-1]
    return f"the last error, of {last.transaction}: {last.error or last.outcome}"


def _kept(drilled: Drilled) -> Iterator[Finding]:
    books, what = drilled.books, drilled.what
    if not books.done:
        message = f"{what}: not one acknowledged write was found in the database, so nothing was proven"
        yield Finding("nothing-read-back", message, remedy="choose a profile that writes: resilience.profile")
    for rule, (entries, said, remedy) in _wrongs(books).items():
        yield from _about(rule, f"{what}: {said}", entries, remedy)


def _wrongs(books: Ledger) -> dict[str, tuple[Sequence[Entry], str, str]]:
    """By rule: the intents it is true of, what is wrong with them, and what to do about it."""
    return {
        "acknowledged-lost": (
            books.lost,
            "acknowledged to the user and not in the database",
            "commit before the answer is given, and never answer for work that is still to be done",
        ),
        "doubled": (
            books.doubled,
            "asked for once and there more than once",
            "give what is retried a key under a unique constraint, and take a known one for done",
        ),
        "half-done": (
            books.half,
            "in the database in part only",
            "do in one transaction what belongs together; commit nowhere in between",
        ),
    }


def _about(rule: str, message: str, entries: Sequence[Entry], remedy: str) -> Iterator[Finding]:
    if entries:
        more = f" and {len(entries) - _MOST} more" if len(entries) > _MOST else ""
        named = ", ".join(f"{each.sample.transaction} {each.sample.intent}" for each in entries[:_MOST])
        yield Finding(rule, f"{message}: {named}{more}", remedy=remedy)


def _holding(drilled: Drilled) -> Iterator[Finding]:
    """What must hold of the database and did before."""
    results = compare(drilled.before, drilled.after)
    yield from nothing_asked(results)
    for result in results:
        if result.outcome is Result.FAILED:
            for each in result.findings:
                if each.severity is Severity.ERROR:
                    message = f"{drilled.what}: {each.message}"
                    yield Finding(f"invariant-{each.rule}", message, remedy=each.remedy or _LOGS)
