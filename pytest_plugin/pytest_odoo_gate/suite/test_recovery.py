"""Whether production could be lost and found again: backup, disaster, restore, point in time, rollback.

One rehearsal serves all checks. Its stages run in this order, each when a check first asks for it; the rollback goes on
with the database that was restored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
from odoorpc.error import RPCError

from odoo_gate.data import like_production
from odoo_gate.errors import GateError, StackError
from odoo_gate.invariants import ProjectInvariants, Result, compare, nothing_asked
from odoo_gate.model import Finding, Say, Severity
from odoo_gate.odoo.agent_client import ReleaseFailure
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.recovery import (
    BackupError,
    Objectives,
    PointInTime,
    Production,
    Recovery,
    Rollback,
    attachment_findings,
    finding_of,
    loss_metrics,
    objectives_of,
    point_in_time_findings,
    read_key,
    recovery_metrics,
    recovery_picture,
    rehearse_recovery,
    rehearse_recovery_to_a_moment,
    rehearse_rollback,
    restored_findings,
    rollback_findings,
    rollback_loss_findings,
    rpo_findings,
    rto_findings,
    stand_up,
    stored_findings,
)
from odoo_gate.settings import Settings
from pytest_odoo_gate.checks import CheckFailed, GateRecord
from pytest_odoo_gate.session import gate_of

_T = TypeVar("_T")


@dataclass
class _Rehearsal:
    """The stages of one rehearsal, each run once; a stage that failed raises the same error for every check of it."""

    testbed: Testbed
    baseline: Release
    folder: Path
    key: bytes | None
    own: ProjectInvariants
    say: Say

    @cached_property
    def _production(self) -> Production | GateError:
        def stage() -> Production:
            template = like_production(self.testbed, self.baseline, self.say)
            return stand_up(self.testbed, self.baseline, template, self.say)

        return _attempt(stage)

    @cached_property
    def _point_in_time(self) -> PointInTime | GateError:
        return _attempt(
            lambda: rehearse_recovery_to_a_moment(
                self.testbed, _value(self._production), self.folder / "base-backup", key=self.key, say=self.say
            )
        )

    @cached_property
    def _recovery(self) -> Recovery | GateError:
        _ = self._point_in_time  # production does not outlive its disaster
        return _attempt(
            lambda: rehearse_recovery(
                self.testbed,
                _value(self._production),
                self.folder / "backup",
                key=self.key,
                own=self.own,
                say=self.say,
            )
        )

    @cached_property
    def _rollback(self) -> Rollback | GateError:
        return _attempt(
            lambda: rehearse_rollback(
                self.testbed,
                _value(self._recovery).source,
                self.baseline,
                self.folder / "before-release",
                key=self.key,
                say=self.say,
            )
        )

    def point_in_time(self) -> PointInTime:
        return _result(self._point_in_time)

    def recovery(self) -> Recovery:
        return _result(self._recovery)

    def rollback(self) -> Rollback:
        return _result(self._rollback)


def _attempt(stage: Callable[[], _T]) -> _T | GateError:
    try:
        return stage()
    except GateError as error:
        return error
    except (psycopg.Error, RPCError, OSError) as error:
        return StackError(f"the rehearsal broke off: {error}", hint="read the servers' logs in the run folder (logs/)")


def _value(outcome: _T | GateError) -> _T:
    """What the stage before gave. Raises its error."""
    if isinstance(outcome, GateError):
        raise outcome
    return outcome


def _result(outcome: _T | GateError) -> _T:
    """What the stage gave. Raises CheckFailed when what was rehearsed does not work, else the stage's own error."""
    if isinstance(outcome, BackupError):
        raise CheckFailed([finding_of(outcome)]) from outcome
    if isinstance(outcome, ReleaseFailure):
        message = f"the baseline's database cannot be made: {outcome.message}"
        raise CheckFailed([Finding("no-database", message, remedy=outcome.hint)]) from outcome
    return _value(outcome)


@pytest.fixture(scope="module")
def rehearsal(
    testbed: Testbed,
    baseline: Release | None,
    gate_settings: Settings,
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[_Rehearsal | None]:
    if baseline is None:
        yield None
        return
    recovery = gate_settings.recovery
    key = read_key(gate_settings.resolve(recovery.key_file) if recovery.key_file else None, recovery.key_variable)
    folder = tmp_path_factory.mktemp("recovery")
    own = ProjectInvariants.of(gate_settings)
    yield _Rehearsal(testbed, baseline, folder, key, own, gate_of(pytestconfig).say)


@pytest.fixture
def rehearsed(rehearsal: _Rehearsal | None) -> Callable[[], _Rehearsal]:
    """The rehearsal, asked for inside the check: without a baseline the check itself fails."""

    def get() -> _Rehearsal:
        if rehearsal is None:
            message = "gate.toml names no [baseline]: there is no production to lose and to restore"
            raise CheckFailed([Finding("no-baseline", message, remedy="add [baseline] to gate.toml: what runs today")])
        return rehearsal

    return get


@pytest.fixture(scope="module")
def objectives(gate_settings: Settings) -> Objectives:
    return objectives_of(gate_settings.recovery, gate_settings.policy.environment)


@pytest.mark.gate("recovery.point-in-time")
def test_a_moment_can_be_recovered(rehearsed: Callable[[], _Rehearsal], gate_record: GateRecord) -> None:
    result = rehearsed().point_in_time()
    gate_record.metric("recovery_seconds", result.seconds, "s")
    gate_record.metric("base_backup_bytes", result.backup.size, "bytes")
    gate_record.judge((*stored_findings(result.backup, rehearsed().key), *point_in_time_findings(result)))


@pytest.mark.gate("recovery.backup")
def test_backup_is_whole(rehearsed: Callable[[], _Rehearsal], gate_record: GateRecord) -> None:
    recovery = rehearsed().recovery()
    manifest = recovery.backup.manifest
    gate_record.metric("backup_seconds", recovery.loss.backup_seconds, "s")
    gate_record.metric("backup_bytes", recovery.backup.size, "bytes")
    gate_record.metric("rows", manifest.facts.rows if manifest.facts else 0, "1")
    gate_record.metric("files", len(manifest.files), "1")
    kept = gate_record.run_folder / "recovery-backup.json"
    kept.write_bytes((recovery.backup.folder / "backup.json").read_bytes())
    gate_record.artifact(kept)
    gate_record.judge(stored_findings(recovery.backup, rehearsed().key))


@pytest.mark.gate("recovery.restore")
def test_restored_database_serves(rehearsed: Callable[[], _Rehearsal], gate_record: GateRecord) -> None:
    recovery = rehearsed().recovery()
    gate_record.metric("journeys", len(recovery.steps), "1")
    facts = recovery.backup.manifest.facts
    gate_record.judge(restored_findings(facts, recovery.restored.facts))


@pytest.mark.gate("recovery.invariants")
def test_invariants_are_as_before(rehearsed: Callable[[], _Rehearsal], gate_record: GateRecord) -> None:
    recovery = rehearsed().recovery()
    results = compare(recovery.before, recovery.after)  # declared changes are an upgrade's: a restore changes nothing
    applied = [result for result in results if result.outcome is not Result.NOT_APPLICABLE]
    gate_record.metric("invariants", len(applied), "1")
    for result in results:
        if result not in applied:
            gate_record.finding(Finding("not-applicable", f"{result.title}: {result.reason}", Severity.NOTE))
    found = [finding for result in applied for finding in result.findings]
    gate_record.judge((*nothing_asked(results), *found))


@pytest.mark.gate("recovery.attachments")
def test_attachments_are_whole(rehearsed: Callable[[], _Rehearsal], gate_record: GateRecord) -> None:
    recovery = rehearsed().recovery()
    gate_record.metric("attachments", len(recovery.restored.facts.attachments), "1")
    gate_record.judge(attachment_findings(recovery.restored.facts, recovery.files))


@pytest.mark.gate("recovery.rto")
def test_work_goes_on_in_time(
    rehearsed: Callable[[], _Rehearsal], objectives: Objectives, gate_record: GateRecord
) -> None:
    recovery = rehearsed().recovery()
    gate_record.metrics.extend(recovery_metrics(recovery))
    gate_record.metric("rto_objective_seconds", objectives.rto, "s")
    gate_record.picture("recovery/rto", recovery_picture(recovery, objectives))
    gate_record.judge(rto_findings(objectives, recovery.rto))


@pytest.mark.gate("recovery.rpo")
def test_little_work_is_lost(
    rehearsed: Callable[[], _Rehearsal], objectives: Objectives, gate_record: GateRecord
) -> None:
    loss = rehearsed().recovery().loss
    gate_record.metric("rpo_seconds", loss.seconds, "s")
    gate_record.metric("rpo_objective_seconds", objectives.rpo, "s")
    gate_record.metric("backup_age_seconds", loss.age, "s")
    gate_record.metric("writes", len(loss.writes), "1")
    gate_record.metric("lost_writes", len(loss.lost), "1")
    gate_record.judge(rpo_findings(objectives, loss))


@pytest.mark.gate("recovery.rollback")
def test_baseline_serves_after_rollback(rehearsed: Callable[[], _Rehearsal], gate_record: GateRecord) -> None:
    result = rehearsed().rollback()
    gate_record.metric("deploy_seconds", result.deploy_seconds, "s")
    gate_record.metric("rollback_seconds", result.seconds, "s")
    gate_record.metric("journeys", len(result.steps), "1")
    gate_record.judge(rollback_findings(result))


@pytest.mark.gate("recovery.rollback-loss")
def test_rollback_loses_little(
    rehearsed: Callable[[], _Rehearsal], objectives: Objectives, gate_settings: Settings, gate_record: GateRecord
) -> None:
    result = rehearsed().rollback()
    gate_record.metrics.extend(loss_metrics(result.lost))
    gate_record.judge(rollback_loss_findings(result.lost, gate_settings.recovery, objectives.rpo, result.ended))
