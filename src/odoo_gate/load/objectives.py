"""What every peak must give by itself, whatever the baseline gives. Pure."""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from odoo_gate.load.errors import Inconclusive
from odoo_gate.load.peaks import Peak, Peaks
from odoo_gate.model import Finding, Metric, Severity
from odoo_gate.settings.performance import LoadObjective
from odoo_gate.traffic import LATE_SECONDS, WITHOUT_WEBSOCKET, Outcome, Profile, load_profiles, percentile

DEFAULTS: Mapping[str, LoadObjective] = {
    "month-end": LoadObjective(at_least={"posted per minute": 8}),
    "field-mobile": LoadObjective(p95_seconds=10),
    "subcontractor-billing": LoadObjective(p95_seconds=15, max_lock_waits=10),  # a batch holds the journal's numbers
    "tender": LoadObjective(p95_seconds=60),
    "procurement-import": LoadObjective(p95_seconds=15),
    "year-end": LoadObjective(p95_seconds=15),
}
"""What holds where gate.toml says nothing; every other profile has LoadObjective's own defaults."""

_EXACT = 0.005
_SHARE = 0.95
_OWN_P95 = 20
"""Fewer of a kind have no p95: it would be the slowest alone."""
ALL = "all transactions"
_DIFFERS = "what people were told and what is in the database differ: see samples.jsonl of the profile"
_NO_WEBSOCKET = (
    "nobody would see a notification: look for what the release changes of /websocket and of the module bus;"
    " locust.log of the profile says how Odoo refused"
)


def objective_of(profile: str, own: Mapping[str, LoadObjective]) -> LoadObjective:
    """What gate.toml asks of `profile`, else the default."""
    return own.get(profile) or DEFAULTS.get(profile) or LoadObjective()


def check_generator(peaks: Peaks) -> None:
    """Raises Inconclusive when a generator was late: then the load was not the one that was declared."""
    late = [peak for peak in peaks.driven if peak.traffic.is_late]
    if late:
        told = ", ".join(f"{peak.profile.name} (p99 {peak.traffic.lag_p99 * 1000:.0f} ms)" for peak in late)
        raise Inconclusive(
            f"the generator could not keep to its schedule in {told}; {LATE_SECONDS * 1000:.0f} ms are allowed",
            hint="run it on a quiet machine, or with fewer arrivals (load.peaks); nothing is concluded from this run",
        )


def objective_findings(peaks: Peaks, own: Mapping[str, LoadObjective]) -> list[Finding]:
    """Where a peak missed its objective. No peak at all is an error, and so is an objective of a profile not driven."""
    found = [*_nothing_driven(peaks), *_unheard(peaks, own)]
    for peak in peaks.driven:
        objective = objective_of(peak.profile.name, own)
        found += _body_findings(peak, objective)
        found += _latency_findings(peak, objective)
        found += _wrong_results(peak)
        found += _business_findings(peak, objective)
        if peak.lock_waits > objective.max_lock_waits:
            found.append(
                Finding(
                    "lock-held",
                    f"{peak.profile.name}: {peak.lock_waits} statements waited a second or more for a lock",
                    remedy="look for what takes long between a write and the commit: calls to other systems belong"
                    " after it; PostgreSQL's log in the run folder names the statements",
                )
            )
    return found


def findings_at_any_rate(peak: Peak, objective: LoadObjective) -> list[Finding]:
    """What is wrong however many arrive: refusals, long waits, wrong totals, records that are not as they were told."""
    return [
        *_body_findings(peak, objective),
        *_latency_findings(peak, objective),
        *_wrong_results(peak),
        *_record_findings(peak),
    ]


def result_findings(peaks: Peaks) -> list[Finding]:
    """Intents that are not in the database exactly once, whole and as the person was told."""
    found = _nothing_driven(peaks)
    told = 0
    for peak in peaks.driven:
        told += sum(1 for entry in peak.ledger.entries if entry.sample.is_acknowledged)
        found += _record_findings(peak)
    if peaks.driven and not told:
        found.append(
            Finding(
                "nothing-acknowledged",
                "no transaction that leaves a record was acknowledged",
                remedy="see load.objectives for what Odoo answered",
            )
        )
    return found


def notes(peaks: Peaks) -> list[Finding]:
    """Profiles that this database cannot be asked for."""
    return [
        Finding("not-applicable", f"{name}: it {reason}", Severity.NOTE)
        for name, reason in peaks.not_applicable.items()
    ]


def peak_metrics(peak: Peak) -> Iterator[Metric]:
    """Every number of a peak, named after its profile; where the time went, too."""
    name = peak.profile.name
    yield Metric(f"{name}: transactions", len(peak.traffic.samples), "1")
    yield Metric(f"{name}: intents in the database once", len(peak.ledger.done), "1")
    yield Metric(f"{name}: generator lag p99", peak.traffic.lag_p99, "s")
    yield Metric(f"{name}: lock waits", peak.lock_waits, "1")
    for transaction, seconds in sorted(latencies(peak).items()):
        yield Metric(f"{name}: {transaction} p50", percentile(seconds, 0.5), "s")
        yield Metric(f"{name}: {transaction} p95", percentile(seconds, _SHARE), "s")
    for metric in (*(metric for metric, _ in peak.metrics), *peak.diagnosis.metrics):
        yield Metric(f"{name}: {metric.name}", metric.value, metric.unit)


def where_time_went(peaks: Peaks) -> list[Finding]:
    """Warnings and notes that explain: saturation, missing indexes, locks, workers' lives, of each peak."""
    return [
        replace(finding, message=f"{peak.profile.name}: {finding.message}")
        for peak in peaks.driven
        for finding in peak.diagnosis.findings
    ]


def latencies(peak: Peak) -> dict[str, list[float]]:
    """Seconds of every acknowledged transaction by its kind."""
    found: dict[str, list[float]] = {}
    for sample in peak.traffic.samples:
        if sample.is_acknowledged:
            found.setdefault(sample.transaction, []).append(sample.latency)
    return found


def usual(peak: Peak) -> dict[str, list[float]]:
    """As `latencies`, without the long pieces of work that have limits of their own."""
    return {name: seconds for name, seconds in latencies(peak).items() if name not in _long(peak.profile)}


def _long(profile: Profile) -> dict[str, float]:
    return {each.name: each.p95_seconds for each in profile.transactions if each.p95_seconds is not None}


def _nothing_driven(peaks: Peaks) -> list[Finding]:
    if peaks.driven:
        return []
    told = "; ".join(f"{name} {reason}" for name, reason in peaks.not_applicable.items()) or "none was asked for"
    remedy = "install what a profile needs, or give it to people with locustfiles of your own"
    return [Finding("nothing-driven", f"no profile could be driven: {told}", remedy=remedy)]


def _unheard(peaks: Peaks, own: Mapping[str, LoadObjective]) -> list[Finding]:
    remedy = "correct the name in [load.objectives], or install what the profile needs"
    reasons = {**dict.fromkeys(own.keys() - load_profiles().keys(), "is no profile"), **peaks.not_applicable}
    return [
        Finding("objective-not-judged", f"gate.toml has an objective for {name}, which {reason}", remedy=remedy)
        for name, reason in sorted(reasons.items())
        if name in own
    ]


def _body_findings(peak: Peak, objective: LoadObjective) -> Iterator[Finding]:
    """By kind of transaction, once the share of all together is above the objective."""
    samples = peak.traffic.samples
    if sum(not sample.is_acknowledged for sample in samples) <= objective.max_refused_share * len(samples):
        return
    for outcome, rule, what in (
        (Outcome.REFUSED, "refused", "refused"),
        (Outcome.UNKNOWN, "no-answer", "not answered"),
    ):
        those = [sample for sample in samples if sample.outcome is outcome]
        for transaction, count in sorted(Counter(sample.transaction for sample in those).items()):
            all_of_kind = sum(1 for sample in samples if sample.transaction == transaction)
            said = Counter(sample.error for sample in those if sample.transaction == transaction).most_common(1)[0][0]
            yield Finding(
                rule,
                f"{peak.profile.name}: {count} of {all_of_kind} {transaction} were {what}: {said}",
                remedy="HTTP says 200 for what Odoo refuses, too: see samples.jsonl of the profile, and Odoo's log",
            )


def _latency_findings(peak: Peak, objective: LoadObjective) -> Iterator[Finding]:
    """All usual work together, each kind that happened often enough to have a p95 of its own, and each long piece."""
    kinds = usual(peak)
    often = [(name, seconds) for name, seconds in sorted(kinds.items()) if len(seconds) >= _OWN_P95]
    together = [value for seconds in kinds.values() for value in seconds]
    for name, seconds in ((ALL, together), *often):
        if seconds and percentile(seconds, _SHARE) > objective.p95_seconds:
            remedy = f"see where the time goes, or agree on another objective in [load.objectives.{peak.profile.name}]"
            yield _too_slow(peak, name, seconds, objective.p95_seconds, remedy)
    for name, allowed in _long(peak.profile).items():
        seconds = latencies(peak).get(name, [])
        if seconds and percentile(seconds, _SHARE) > allowed:
            yield _too_slow(peak, name, seconds, allowed, "see where the time goes")


def _too_slow(peak: Peak, name: str, seconds: list[float], allowed: float, remedy: str) -> Finding:
    return Finding(
        "too-slow",
        f"{peak.profile.name}: {name} take {percentile(seconds, _SHARE):.2f} s (p95 of {len(seconds)}),"
        f" {allowed:g} s are allowed",
        remedy=remedy,
    )


def _record_findings(peak: Peak) -> Iterator[Finding]:
    book = peak.ledger
    for rule, entries, what in (
        ("lost", book.lost, "acknowledged and not in the database as the person was told"),
        ("doubled", book.doubled, "in the database more than once"),
        ("half", book.half, "in the database and not whole"),
    ):
        kinds = Counter(entry.sample.transaction for entry in entries)
        for transaction, count in sorted(kinds.items()):
            first = next(entry.sample for entry in entries if entry.sample.transaction == transaction)
            yield Finding(
                rule,
                f"{peak.profile.name}: {count} {transaction} are {what}, the first is {first.key or first.intent}",
                remedy="look for the record by this key, and in Odoo's log around it",
            )


def _wrong_results(peak: Peak) -> Iterator[Finding]:
    for metric, expected in peak.metrics:
        if expected is not None and abs(metric.value - expected) > _EXACT:
            yield Finding(
                "wrong-result",
                f"{peak.profile.name}: {metric.name} is {metric.value:g}, and must be {expected:g}",
                remedy=_NO_WEBSOCKET if metric.name == WITHOUT_WEBSOCKET else _DIFFERS,
            )


def _business_findings(peak: Peak, objective: LoadObjective) -> Iterator[Finding]:
    values = {metric.name: metric.value for metric, _ in peak.metrics}
    name = peak.profile.name
    for bound, wanted, is_met in (
        ("at least", objective.at_least, operator.ge),
        ("at most", objective.at_most, operator.le),
    ):
        for metric_name, limit in sorted(wanted.items()):
            value = values.get(metric_name, math.nan)
            if not is_met(value, limit):
                told = "was not measured" if math.isnan(value) else f"is {value:g}"
                yield Finding(
                    "objective-missed",
                    f"{name}: {metric_name} {told}; {bound} {limit:g} is the objective",
                    remedy=f"see [load.objectives.{name}]",
                )
