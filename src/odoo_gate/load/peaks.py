"""Every peak of the business year driven once at its declared rate, and what it left in the database."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.load.diagnosis import Diagnosis, observing
from odoo_gate.load.stand import Stand
from odoo_gate.model import Metric, Say
from odoo_gate.odoo.databases import database_errors
from odoo_gate.settings.performance import LoadSettings
from odoo_gate.stack.client import engine_errors
from odoo_gate.traffic import Ledger, Plan, Profile, Traffic, business_metrics, drive, ledger, load_profiles

_LOCK_WAIT = "still waiting for"
"""PostgreSQL's words (log_lock_waits) for a statement that has waited for a lock for a second."""


@dataclass(frozen=True, slots=True)
class Peak:
    """One profile driven. `metrics`: each number read back, and what it must be (None: whatever it is).

    `lock_waits`: statements that waited a second or more for a lock; `diagnosis`: where the time went.
    """

    profile: Profile
    traffic: Traffic
    ledger: Ledger
    metrics: tuple[tuple[Metric, float | None], ...]
    lock_waits: int
    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True)
class Peaks:
    """What was driven, and by profile why it could not be."""

    driven: tuple[Peak, ...]
    not_applicable: Mapping[str, str]


def drive_peaks(stand: Stand, plans: Mapping[Profile, Plan], folder: Path, say: Say) -> Peaks:
    """Drive `plans` one after the other against `stand`; `folder` keeps the raw samples.

    Raises StackError, UsageError, TemplateError when the database does not answer.
    """
    series = stand.server.series
    reasons = {profile.name: profile.missing(stand.site.modules, series) for profile in plans}
    peaks = [
        drive_peak(stand, profile, plan, folder / profile.name, say)
        for profile, plan in plans.items()
        if not reasons[profile.name]
    ]
    return Peaks(tuple(peaks), {name: reason for name, reason in reasons.items() if reason})


def drive_peak(stand: Stand, profile: Profile, plan: Plan, folder: Path, say: Say) -> Peak:
    """Drive one plan. Raises as `drive_peaks` does."""
    started, url = time.time(), stand.lines.url(profile)
    with observing(stand.server, stand.dsn, stand.redis, say) as observation:
        traffic = drive(url, stand.site, plan, folder, say)
        diagnosis = observation.summary()
    with database_errors(f"reading back what {profile.name} left"):
        became = ledger(stand.dsn, traffic.samples)
        metrics = business_metrics(stand.dsn, traffic)
    waits = sum(1 for line in _postgres_log(stand, started) if _LOCK_WAIT in line)
    return Peak(profile, traffic, became, metrics, waits, diagnosis)


QUICK = ("month-end", "payroll", "field-mobile")
QUICK_SECONDS = 12.0


def plans_of(settings: LoadSettings, seed: int) -> dict[Profile, Plan]:
    """What is driven: every profile, or in quick the ones that most people take part in, and shortly."""
    profiles = load_profiles(settings.peaks)
    if settings.profile == "quick":
        return {profiles[name]: plan_of(profiles[name], QUICK_SECONDS, seed) for name in QUICK if name in profiles}
    return {profile: plan_of(profile, settings.drive_seconds, seed) for profile in profiles.values()}


def plan_of(profile: Profile, seconds: float, seed: int, *, per_minute: float = 0) -> Plan:
    """A peak of `seconds` at the profile's own rate, or the one given: as many arrivals as that makes.

    They are enough for each kind of transaction to happen.
    """
    rate = per_minute or profile.arrivals_per_minute
    work = max(len(profile.transactions), round(rate * seconds / 60))
    return Plan(profile.name, seconds, rate, profile.people, seed, fixed_work=work, mix=profile.mix)


def _postgres_log(stand: Stand, since: float) -> Iterator[str]:
    with engine_errors(f"reading the log of {stand.postgres.container.name}"):
        printed = stand.postgres.container.docker.logs(since=since)
    yield from printed.decode(errors="replace").splitlines()
