"""What only a whole rehearsal shows is found by the check that is there for it; the sound release passes them all.

Two releases are rehearsed at the same time, each on a durable server of its own, as the suite does it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from upgrades.rehearsed import CLEAN, REHEARSED, STEADY, Planted, planted, write_release

from odoo_gate.invariants import InvariantResult, ProjectInvariants, compare, nothing_asked, observe
from odoo_gate.migration import (
    Stage,
    aborted,
    both_serve,
    downtime_findings,
    failed_upgrade,
    lock_findings,
    rehearse,
    upgrade_findings,
)
from odoo_gate.model import Finding, Severity, silent
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed, open_testbed
from odoo_gate.settings import load_settings
from odoo_gate.stack.run import Run, new_run_id

PROJECT = ProjectInvariants()
HOLLOW = "hollow_production"
Judged = Mapping[str, Sequence[Finding]]


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Future[Judged]]]:
    """What the checks say of both releases, while they are rehearsed side by side."""
    clean = write_release(tmp_path_factory.mktemp("clean"), [CLEAN, STEADY])
    harmful = write_release(tmp_path_factory.mktemp("harmful"), [each.name for each in planted() if each.has_module])
    with ThreadPoolExecutor(2) as pool:
        yield {"clean": pool.submit(judged, clean), "harmful": pool.submit(judged, harmful)}


def judged(root: Path) -> Judged:
    """Check id → findings, for a rehearsal of the project in `root`."""
    settings = load_settings(root, os.environ)
    with Run(new_run_id(), root / "run", silent) as run:
        testbed = open_testbed(settings, run)
        baseline = testbed.baseline
        assert baseline is not None
        template = testbed.store.template(testbed.exact_spec(baseline, baseline.graph.own), baseline.agent)
        found: dict[str, Sequence[Finding]] = {HOLLOW: hollow(testbed, baseline, template)}
        stage = Stage(testbed, baseline, testbed.candidate, template, silent)
        try:
            return found | rehearsed(stage)
        finally:
            stage.close()


def rehearsed(stage: Stage) -> Judged:
    """As the suite asks: what changes the database further comes last."""
    settings = stage.testbed.settings.migration
    rehearsal = rehearse(stage, PROJECT)
    assert rehearsal.after is not None, failed_upgrade(rehearsal)
    results = compare(rehearsal.before.invariants, rehearsal.after.invariants)
    return {
        "migration.upgrade": upgrade_findings(rehearsal.upgraded, rehearsal.after.pending),
        "migration.locks": lock_findings(rehearsal, settings)[0],
        "migration.downtime": downtime_findings(rehearsal, settings)[0],
        "migration.invariants-executed": nothing_asked(results),
        "migration.both-serve": both_serve(stage, rehearsal),
        "migration.aborted": aborted(stage, rehearsal, PROJECT).findings,
    }


def hollow(testbed: Testbed, baseline: Release, template: Template) -> Sequence[Finding]:
    """What is said where production itself was hollow: nothing was asked of it."""
    with testbed.clone(template, baseline) as clone:
        dsn = testbed.postgres.dsn(clone.database)
        with psycopg.connect(dsn) as connection:
            connection.execute((REHEARSED / HOLLOW / "production.sql").read_bytes())
        seen = observe(dsn, clone.database, baseline.agent, PROJECT)
        results: Sequence[InvariantResult] = compare(seen, seen)
    return nothing_asked(results)


def errors(findings: Sequence[Finding]) -> list[Finding]:
    return [each for each in findings if each.severity is Severity.ERROR]


def test_the_clean_twin_passes_every_check(releases):
    found = releases["clean"].result()
    assert len(found) == 7
    assert {check: told for check in found if check != HOLLOW and (told := errors(found[check]))} == {}


def test_there_are_defects():
    assert len(planted()) == 5


@pytest.mark.parametrize("case", planted(), ids=lambda case: case.name)
def test_the_named_check_finds_the_defect(case: Planted, releases: Mapping[str, Future[Judged]]) -> None:
    found = releases["harmful"].result()
    told = errors(found[HOLLOW if case.name == HOLLOW else case.check])
    assert case.rule in {finding.rule for finding in told}, found[case.check]
    assert all(finding.message and finding.remedy for finding in told)


def test_a_release_that_only_takes_long_upgrades_well(releases):
    """What is told of the figures is told by the objectives alone."""
    assert errors(releases["harmful"].result()["migration.upgrade"]) == []
