"""What only a whole rehearsal of recovery shows is found by the check that is there for it; a sound project passes.

Three productions are rehearsed at the same time, each on servers of its own: what takes long there is mostly waiting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from recovery.rehearsed import CLEAN, Planted, case, planted, write_project

from odoo_gate.invariants import ProjectInvariants
from odoo_gate.model import Finding, Severity, silent
from odoo_gate.odoo.testbed import Testbed, attach_testbed, open_testbed
from odoo_gate.recovery import (
    BackupError,
    Production,
    finding_of,
    objectives_of,
    point_in_time_findings,
    rehearse_recovery,
    rehearse_recovery_to_a_moment,
    rehearse_rollback,
    restored_findings,
    rollback_findings,
    rollback_loss_findings,
    rto_findings,
    stand_up,
    stored_findings,
)
from odoo_gate.recovery.point_in_time import rehearse_point_in_time
from odoo_gate.recovery.writes import write_once
from odoo_gate.settings import load_settings
from odoo_gate.stack.postgres import Postgres
from odoo_gate.stack.run import Run, new_run_id

KEY = b"k" * 32
Judged = Mapping[str, Sequence[Finding]]


@pytest.fixture(scope="module")
def rehearsals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Future[Judged]]]:
    """What the checks say, by check, of a sound project, and by case of the others."""
    jobs = {CLEAN: sound, "slow_start": slow_start, "archive_gap": careless}
    with ThreadPoolExecutor(len(jobs)) as pool:
        running = {name: pool.submit(job, tmp_path_factory.mktemp(name)) for name, job in jobs.items()}
        yield running


def sound(root: Path) -> Judged:
    """Every stage of the suite, in its order."""
    write_project(root)
    with in_service(root) as (testbed, production):
        moment = rehearse_recovery_to_a_moment(testbed, production, root / "moment", key=KEY)
        found: dict[str, Sequence[Finding]] = {
            "recovery.backup": tuple(stored_findings(moment.backup, KEY)),
            "recovery.point-in-time": tuple(point_in_time_findings(moment)),
        }
        recovery = rehearse_recovery(testbed, production, root / "backup", own=ProjectInvariants())
        objectives = objectives_of(testbed.settings.recovery, "production")
        found["recovery.rto"] = tuple(rto_findings(objectives, recovery.rto))
        found["recovery.restore"] = tuple(restored_findings(recovery.backup.manifest.facts, recovery.restored.facts))
        return found | taken_back(testbed, Production(production.release, recovery.source, production.server), root)


def slow_start(root: Path) -> Judged:
    write_project(root, "slow_start")
    with in_service(root) as (testbed, production):
        recovery = rehearse_recovery(testbed, production, root / "backup", own=ProjectInvariants())
        objectives = objectives_of(testbed.settings.recovery, "production")
        return {"slow_start": tuple(rto_findings(objectives, recovery.rto))}


def careless(root: Path) -> Judged:
    """WAL that is not all archived, then two releases whose way back is wrong, on one production after the other."""
    write_project(root / "throws", "script_throws_work_away")
    write_project(root / "forgets", "script_forgets_a_column")
    with in_service(root / "throws") as (testbed, production):
        found: dict[str, Sequence[Finding]] = {"archive_gap": (moment_with_a_gap(testbed, production, root / "gap"),)}
        testbed.stop_server(production.server)
        found["script_throws_work_away"] = taken_back(testbed, production, root)["recovery.rollback-loss"]
        other = attach_testbed(load_settings(root / "forgets", {}), testbed.address)
        found["script_forgets_a_column"] = taken_back(other, production, root)["recovery.rollback"]
        return found


@contextmanager
def in_service(root: Path) -> Iterator[tuple[Testbed, Production]]:
    """The project's production, serving."""
    with Run(new_run_id(), root / "run", silent) as run:
        testbed = open_testbed(load_settings(root, {}), run)
        baseline = testbed.baseline
        assert baseline is not None
        template = testbed.store.template(testbed.exact_spec(baseline, baseline.graph.own), baseline.agent)
        yield testbed, stand_up(testbed, baseline, template)


def moment_with_a_gap(testbed: Testbed, production: Production, folder: Path) -> Finding:
    """What the rehearsal says whose archive lost a segment after the backup was taken."""
    session = production.session()

    def spare() -> Postgres:
        case("archive_gap").plant(folder)
        return testbed.start_postgres()

    with pytest.raises(BackupError) as caught:
        rehearse_point_in_time(
            production.source.postgres, spare, production.database, folder, partial(write_once, session)
        )
    return finding_of(caught.value)


def taken_back(testbed: Testbed, production: Production, root: Path) -> Judged:
    """What both checks of a rollback say, as the suite asks them."""
    baseline = testbed.baseline
    assert baseline is not None
    try:
        result = rehearse_rollback(testbed, production.source, baseline, root / "before-release")
    except BackupError as error:
        return dict.fromkeys(("recovery.rollback", "recovery.rollback-loss"), (finding_of(error),))
    rpo = objectives_of(testbed.settings.recovery, "production").rpo
    losses = rollback_loss_findings(result.lost, testbed.settings.recovery, rpo, result.ended)
    return {"recovery.rollback": tuple(rollback_findings(result)), "recovery.rollback-loss": tuple(losses)}


def errors(findings: Sequence[Finding]) -> list[Finding]:
    return [each for each in findings if each.severity is Severity.ERROR]


def test_the_clean_twin_passes_every_check(rehearsals):
    found = rehearsals[CLEAN].result()
    assert found.keys() == {
        f"recovery.{name}" for name in ("backup", "point-in-time", "rto", "restore", "rollback", "rollback-loss")
    }
    assert {check: told for check in found if (told := errors(found[check]))} == {}


def test_there_are_defects():
    assert len(planted()) == 4


@pytest.mark.parametrize("each", planted(), ids=lambda each: each.name)
def test_the_named_check_finds_the_defect(each: Planted, rehearsals: Mapping[str, Future[Judged]]) -> None:
    found = rehearsals["slow_start" if each.name == "slow_start" else "archive_gap"].result()[each.name]
    told = errors(found)
    assert each.rule in {finding.rule for finding in told}, found
    assert all(finding.message and finding.remedy for finding in told)
