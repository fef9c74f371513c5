"""What the release does when something under it dies, while people work: one stack, one drill after the other.

Each drill strikes under load, is undone, and is judged by what is in the database and by how long recovery took.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from odoo_gate.invariants import Snapshot
from odoo_gate.model import Say
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.resilience import (
    CUT_CLIENT,
    DATABASE_CRASH,
    DATABASE_RESTART,
    INGRESS_RESTART,
    ODOO_KILL,
    SLOW_DATABASE,
    WORKER_KILL,
    Fault,
    Prepared,
    Stage,
    Work,
    cron_crash,
    degraded_mode,
    disk_full,
    drill_findings,
    drill_metrics,
    duplicate_webhook,
    lost_response,
    most_recovery_seconds,
    prepare,
    recovery_curve,
    redis_loss,
    run_drill,
    staged,
)
from odoo_gate.settings import Settings
from odoo_gate.traffic import Plan, Site, driving, ledger, prepare_site
from pytest_odoo_gate.checks import CheckFailed, GateRecord

_LONGEST = 300.0
"""Seconds people would go on arriving if no drill ended."""
_LIGHT = {"month-end": {"post-invoice": 2, "analytic-items": 3, "trial-balance": 2, "browse-invoices": 2}}
"""What a drill asks of a profile: writes enough to lose some, and short work, so that recovery shows at once."""


@dataclass(frozen=True)
class _Drills:
    """The stack that all drills share, who works there, and what held of its database before the first."""

    stage: Stage
    site: Site
    prepared: Prepared
    before: Snapshot
    settings: Settings
    folder: Path
    say: Say

    def work(self, profile: str, seed: int) -> Work:
        resilience = self.settings.resilience
        own = dict(resilience.mix) if profile == resilience.profile else {}
        mix = own or _LIGHT.get(profile)
        plan = Plan(profile, _LONGEST, resilience.arrivals_per_minute, resilience.users, seed, mix=mix)
        return Work(lambda url, folder: driving(url, self.site, plan, folder, self.say), ledger)


@pytest.fixture(scope="module")
def drills(
    testbed: Testbed,
    candidate: Release,
    candidate_data: Template,
    gate_settings: Settings,
    say: Say,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[_Drills]:
    with testbed.clone(candidate_data, candidate) as clone:
        site = prepare_site(testbed, candidate, clone, say)
        prepared = prepare(gate_settings, candidate, clone, say)
        with staged(testbed, candidate, clone, say) as stage:
            folder = tmp_path_factory.mktemp("drills")
            yield _Drills(stage, site, prepared, stage.snapshot(), gate_settings, folder, say)


@pytest.fixture
def drilled(drills: _Drills, gate_record: GateRecord) -> Callable[..., None]:
    """Runs one drill and judges it."""

    def run(fault: Fault, profile: str = "") -> None:
        settings = drills.settings
        most = most_recovery_seconds(settings.resilience, settings.policy.environment, fault.drill)
        work = drills.work(profile or settings.resilience.profile, seed=len(fault.drill))
        folder = drills.folder / fault.drill
        result = run_drill(drills.stage, fault, work, drills.before, folder, patience=2 * most, say=drills.say)
        if isinstance(result, tuple):
            raise CheckFailed(result)
        gate_record.metrics.extend(drill_metrics(result))
        gate_record.metric("max_recovery_seconds", most, "s")
        _keep(gate_record, fault.drill, recovery_curve(result).to_json(), folder)
        gate_record.judge(drill_findings(result, most))

    return run


def _keep(record: GateRecord, drill: str, picture: str, folder: Path) -> None:
    """The recovery curve and every single transaction, as evidence."""
    curve = record.run_folder / f"resilience-{drill}.picture.json"
    curve.write_text(picture, encoding="utf-8")
    record.artifact(curve)
    samples = record.run_folder / f"resilience-{drill}.samples.jsonl"
    shutil.copy(folder / "samples.jsonl", samples)
    record.artifact(samples)


Drilled = Callable[..., None]


@pytest.mark.gate("resilience.worker-kill")
def test_a_worker_is_killed(drilled: Drilled) -> None:
    drilled(WORKER_KILL)


@pytest.mark.gate("resilience.database-restart")
def test_the_database_is_restarted(drilled: Drilled) -> None:
    drilled(DATABASE_RESTART)


@pytest.mark.gate("resilience.redis-loss")
def test_redis_is_lost(drilled: Drilled, drills: _Drills) -> None:
    drilled(redis_loss(drills.site.people, uses_redis=drills.settings.resilience.uses_redis))


@pytest.mark.thorough
@pytest.mark.gate("resilience.database-crash")
def test_the_database_crashes(drilled: Drilled) -> None:
    drilled(DATABASE_CRASH)


@pytest.mark.thorough
@pytest.mark.gate("resilience.slow-database")
def test_the_database_is_slow_and_unreachable(drilled: Drilled) -> None:
    drilled(SLOW_DATABASE)


@pytest.mark.thorough
@pytest.mark.gate("resilience.cut-client")
def test_connections_are_cut(drilled: Drilled) -> None:
    drilled(CUT_CLIENT)


@pytest.mark.thorough
@pytest.mark.gate("resilience.lost-response")
def test_answers_are_lost(drilled: Drilled, drills: _Drills) -> None:
    drilled(lost_response(drills.prepared.reports), drills.settings.resilience.retrying_profile)


@pytest.mark.thorough
@pytest.mark.gate("resilience.duplicate-webhook")
def test_reports_come_again(drilled: Drilled, drills: _Drills) -> None:
    drilled(duplicate_webhook(drills.prepared.reports, parallel=drills.settings.resilience.parallel_reports))


@pytest.mark.thorough
@pytest.mark.gate("resilience.cron-crash")
def test_a_job_is_killed(drilled: Drilled, drills: _Drills) -> None:
    drilled(cron_crash(drills.prepared.jobs))


@pytest.mark.thorough
@pytest.mark.gate("resilience.degraded-mode")
def test_load_is_taken_off(drilled: Drilled, drills: _Drills) -> None:
    drilled(degraded_mode(drills.settings.resilience.degraded, drills.settings.root))


@pytest.mark.thorough
@pytest.mark.gate("resilience.disk-full")
def test_the_disk_is_full(drilled: Drilled) -> None:
    drilled(disk_full())


@pytest.mark.thorough
@pytest.mark.gate("resilience.ingress-restart")
def test_the_ingress_is_restarted(drilled: Drilled) -> None:
    drilled(INGRESS_RESTART)


@pytest.mark.thorough
@pytest.mark.gate("resilience.odoo-kill")
def test_odoo_is_killed(drilled: Drilled) -> None:
    drilled(ODOO_KILL)
