"""May the candidate replace what runs in production: its upgrade, rehearsed once on data like production's.

All checks share one rehearsal; what changes the database further (a second upgrade, the baseline's server) comes last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import psycopg
import pytest

from odoo_gate.data import like_production
from odoo_gate.invariants import INVARIANTS, InvariantResult, ProjectInvariants, Result, compare, nothing_asked
from odoo_gate.migration import (
    Rehearsal,
    Scale,
    Schema,
    Stage,
    aborted,
    both_serve,
    downtime_findings,
    downtime_picture,
    drift,
    failed_upgrade,
    fingerprint,
    judged,
    lock_findings,
    lock_picture,
    missing_findings,
    prediction_findings,
    rehearse,
    review,
    script_findings,
    take_schema,
    unused,
    upgrade_findings,
    upgraded_twice,
)
from odoo_gate.migration.declarations import Change
from odoo_gate.model import Finding, Severity
from odoo_gate.odoo.agent_client import ReleaseFailure
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.settings import Settings
from pytest_odoo_gate.checks import CheckFailed, GateRecord
from pytest_odoo_gate.session import gate_of

Sure = TypeVar("Sure")

_NO_BASELINE = Finding(
    "no-baseline",
    "gate.toml names no [baseline]: there is nothing to upgrade from",
    remedy='add what runs in production, for example [baseline] git = "<last release\'s tag>"',
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A check for each invariant, the project's own ones included."""
    if "invariant" in metafunc.fixturenames:
        own = (custom.id for custom in gate_of(metafunc.config).settings.invariants.custom)
        params = [
            pytest.param(each, marks=pytest.mark.gate(f"migration.{each}"), id=each)
            for each in dict.fromkeys((*INVARIANTS, *own))
        ]
        metafunc.parametrize("invariant", params)


@pytest.fixture(scope="session")
def project(gate_settings: Settings) -> ProjectInvariants:
    """What gate.toml says about invariants."""
    return ProjectInvariants.of(gate_settings)


@pytest.fixture(scope="session")
def stage(
    testbed: Testbed, candidate: Release, baseline: Release | None, pytestconfig: pytest.Config
) -> Iterator[Stage | Finding]:
    """The durable database to upgrade, or why there is none."""
    if baseline is None:
        yield _NO_BASELINE
        return
    with _stage(testbed, candidate, baseline, None, pytestconfig) as opened:
        yield opened


@contextmanager
def _stage(
    testbed: Testbed, candidate: Release, baseline: Release, scale: str | None, config: pytest.Config
) -> Iterator[Stage | Finding]:
    say = gate_of(config).say
    try:
        template = like_production(testbed, baseline, say, scale=scale)
    except ReleaseFailure as failure:
        yield Finding("no-database", f"the baseline's database cannot be made: {failure.message}", remedy=failure.hint)
        return
    opened = Stage(testbed, baseline, candidate, template, say)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture(scope="session")
def rehearsal(stage: Stage | Finding, project: ProjectInvariants) -> Rehearsal | Finding:
    return stage if isinstance(stage, Finding) else rehearse(stage, project)


@pytest.fixture(scope="session")
def larger(
    testbed: Testbed,
    candidate: Release,
    baseline: Release | None,
    gate_settings: Settings,
    project: ProjectInvariants,
    pytestconfig: pytest.Config,
) -> Rehearsal | None:
    """The rehearsal at the second scale, when gate.toml asks for one."""
    scale = gate_settings.migration.second_scale
    if not scale or baseline is None:
        return None
    with _stage(testbed, candidate, baseline, scale, pytestconfig) as opened:
        if isinstance(opened, Finding):
            raise CheckFailed([opened])
        return rehearse(opened, project)


@pytest.fixture(scope="session")
def results(rehearsal: Rehearsal | Finding, project: ProjectInvariants) -> Mapping[str, InvariantResult] | Finding:
    """What every invariant says of before and after, by id; or why nothing can be said."""
    if isinstance(rehearsal, Finding):
        return rehearsal
    if rehearsal.after is None:
        return failed_upgrade(rehearsal)
    found = compare(rehearsal.before.invariants, rehearsal.after.invariants, project.declared)
    return {result.id: result for result in found}


@pytest.fixture(scope="session")
def fresh(testbed: Testbed, candidate: Release) -> Schema | Finding:
    """The schema of a fresh install of the candidate."""
    try:
        template = testbed.full_template(candidate)
    except ReleaseFailure as failure:
        return Finding("install-failed", f"the candidate does not install: {failure.message}", remedy=failure.hint)
    with testbed.clone(template) as clone, psycopg.connect(testbed.postgres.dsn(clone.database)) as connection:
        return take_schema(connection)


@pytest.fixture(scope="session")
def changes(stage: Stage | Finding, rehearsal: Rehearsal | Finding, gate_settings: Settings) -> list[Change] | Finding:
    """What the upgrade did to the schema."""
    if isinstance(stage, Finding):
        return stage
    if isinstance(rehearsal, Finding):
        return rehearsal
    if rehearsal.after is None:
        return failed_upgrade(rehearsal)
    scale = Scale(gate_settings.migration.production_rows, gate_settings.migration.big_table_rows)
    with stage.as_before() as old, stage.connection() as new:

        def same_data(table: str, before: str, after: str) -> bool:
            return fingerprint(old, table, before) == fingerprint(new, table, after)

        return review(rehearsal.before.schema, rehearsal.after.schema, scale, same_data)


@pytest.fixture(scope="session")
def drifted(rehearsal: Rehearsal | Finding, fresh: Schema | Finding) -> list[Change] | Finding:
    """How the upgraded schema differs from a fresh install's."""
    if isinstance(rehearsal, Finding):
        return rehearsal
    if isinstance(fresh, Finding):
        return fresh
    return failed_upgrade(rehearsal) if rehearsal.after is None else drift(rehearsal.after.schema, fresh)


def _sure(value: Sure | Finding) -> Sure:
    """What a fixture found out, unless it could not. Raises CheckFailed."""
    __tracebackhide__ = True
    if isinstance(value, Finding):
        raise CheckFailed([value])
    return value


def _upgraded(rehearsal: Rehearsal | Finding) -> Rehearsal:
    __tracebackhide__ = True
    sure = _sure(rehearsal)
    if sure.after is None:
        raise CheckFailed([failed_upgrade(sure)])
    return sure


def _keep(record: GateRecord, name: str, content: object) -> None:
    """Leave JSON in the run folder, as part of the evidence."""
    path = record.run_folder / "migration" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, sort_keys=True), encoding="utf-8")
    record.artifact(path)


@pytest.mark.gate("migration.scripts")
def test_scripts_run_and_behave(
    candidate: Release, baseline: Release | None, gate_settings: Settings, gate_record: GateRecord
) -> None:
    if baseline is None:
        raise CheckFailed([_NO_BASELINE])
    findings, metrics = script_findings(candidate.graph, baseline.graph, gate_settings.migration)
    gate_record.metrics.extend(metrics)
    gate_record.judge(findings)


@pytest.mark.gate("migration.upgrade")
def test_upgrade_works(stage: Stage | Finding, rehearsal: Rehearsal | Finding, gate_record: GateRecord) -> None:
    template, sure = _sure(stage).template, _sure(rehearsal)
    gate_record.metrics.extend(sure.metrics())
    pending = sure.after.pending if sure.after else {}
    command = f"odoo {' '.join(sure.plan.arguments)}"
    gate_record.finding(Finding("upgraded-by", f"rehearsed as: {command}", Severity.NOTE))
    gate_record.finding(Finding("rehearsed-on", f"{template.label} ({template.key})", Severity.NOTE))
    gate_record.judge([*upgrade_findings(sure.upgraded, pending), *missing_findings(sure.plan.missing)])


@pytest.mark.gate("migration.invariants-executed")
def test_invariants_were_asked(
    results: Mapping[str, InvariantResult] | Finding, rehearsal: Rehearsal | Finding, gate_record: GateRecord
) -> None:
    asked = [each for each in _sure(results).values() if each.outcome is not Result.NOT_APPLICABLE]
    sure = _upgraded(rehearsal)
    gate_record.metric("asked", len(asked), "1")
    gate_record.metric("not-applicable", len(_sure(results)) - len(asked), "1")
    _keep(gate_record, "invariants-before", sure.before.invariants.to_json())
    _keep(gate_record, "invariants-after", sure.after.invariants.to_json() if sure.after else None)
    gate_record.judge(nothing_asked(_sure(results).values()))


def test_invariant_holds(
    invariant: str, results: Mapping[str, InvariantResult] | Finding, gate_record: GateRecord
) -> None:
    found = _sure(results).get(invariant)
    if found is None:
        raise CheckFailed([Finding("not-asked", f"{invariant} was not measured", remedy="report this fault")])
    gate_record.metrics.extend(found.metrics)
    if found.outcome is Result.NOT_APPLICABLE:
        gate_record.finding(Finding("not-applicable", f"{found.title}: {found.reason}", Severity.NOTE))
    gate_record.judge(found.findings)


@pytest.mark.gate("migration.schema")
def test_schema_changes_are_meant(
    changes: list[Change] | Finding,
    drifted: list[Change] | Finding,
    rehearsal: Rehearsal | Finding,
    gate_settings: Settings,
    gate_record: GateRecord,
) -> None:
    found, sure = _sure(changes), _upgraded(rehearsal)
    declared = gate_settings.migration.declared
    gate_record.metric("changes", len(found), "1")
    _keep(gate_record, "schema-before", sure.before.schema.to_json())
    _keep(gate_record, "schema-after", sure.after.schema.to_json() if sure.after else None)
    others = [] if isinstance(drifted, Finding) else drifted
    gate_record.judge([*judged(found, declared), *unused([*found, *others], declared)])


@pytest.mark.gate("migration.schema-drift")
def test_schema_is_that_of_a_fresh_install(
    drifted: list[Change] | Finding, fresh: Schema | Finding, gate_settings: Settings, gate_record: GateRecord
) -> None:
    found = _sure(drifted)
    gate_record.metric("differences", len(found), "1")
    gate_record.metric("tables", len(_sure(fresh).tables), "1")
    gate_record.judge(judged(found, gate_settings.migration.declared))


@pytest.mark.gate("migration.locks")
def test_locks_are_short(
    rehearsal: Rehearsal | Finding, larger: Rehearsal | None, gate_settings: Settings, gate_record: GateRecord
) -> None:
    sure = _sure(rehearsal)
    findings, metrics = lock_findings(sure, gate_settings.migration)
    told, more = prediction_findings(sure, larger, gate_settings.migration, "locks")
    gate_record.metrics.extend([*metrics, *more])
    picture = lock_picture(sure, gate_settings.migration)
    if picture is not None:
        gate_record.picture("migration/locks", picture)
    gate_record.judge([*findings, *told])


@pytest.mark.gate("migration.downtime")
def test_users_wait_little(
    rehearsal: Rehearsal | Finding, larger: Rehearsal | None, gate_settings: Settings, gate_record: GateRecord
) -> None:
    sure = _sure(rehearsal)
    findings, metrics = downtime_findings(sure, gate_settings.migration)
    told, more = prediction_findings(sure, larger, gate_settings.migration, "downtime")
    gate_record.metrics.extend([*metrics, *more])
    gate_record.picture("migration/downtime", downtime_picture(sure, gate_settings.migration))
    gate_record.judge([*findings, *told])


@pytest.mark.gate("migration.both-serve")
def test_both_releases_serve(stage: Stage | Finding, rehearsal: Rehearsal | Finding, gate_record: GateRecord) -> None:
    """Collected only where somebody asks: see conftest.py."""
    opened, sure = _sure(stage), _upgraded(rehearsal)
    gate_record.metric("models", len(sure.models), "1")
    gate_record.judge(both_serve(opened, sure))


@pytest.mark.gate("migration.twice")
def test_second_upgrade_changes_nothing(
    stage: Stage | Finding, rehearsal: Rehearsal | Finding, project: ProjectInvariants, gate_record: GateRecord
) -> None:
    repeated = upgraded_twice(_sure(stage), _upgraded(rehearsal), project)
    gate_record.metrics.extend(repeated.metrics)
    gate_record.judge(repeated.findings)


@pytest.mark.gate("migration.aborted")
def test_killed_upgrade_can_be_taken_back(
    stage: Stage | Finding, rehearsal: Rehearsal | Finding, project: ProjectInvariants, gate_record: GateRecord
) -> None:
    repeated = aborted(_sure(stage), _upgraded(rehearsal), project)
    gate_record.metrics.extend(repeated.metrics)
    gate_record.judge(repeated.findings)
