"""Two releases of an OCA addon, a project with nothing of its own: rehearsed from the command line, both ways."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typed import typed

from odoo_gate.evidence import read_evidence
from odoo_gate.model import CheckResult, Outcome

PROJECT = Path(__file__).with_name("approvals")


OLDER, NEWER = "19.0.1.2.0", "19.0.1.4.6"


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `odoo-gate run --only migration,recovery --keep-stack` left."""
    root = tmp_path_factory.mktemp("bought") / "approvals"
    shutil.copytree(PROJECT, root)
    typed("run", "--project", str(root), "--only", "migration,recovery", "--keep-stack", folder=root)
    (folder,) = (root / ".odoo-gate" / "runs").iterdir()
    return folder


@pytest.fixture(scope="module")
def results(run_folder: Path) -> dict[str, CheckResult]:
    """What was found, by check."""
    return {result.check: result for result in read_evidence([run_folder / "evidence-rehearsals.jsonl"])}


def value(result: CheckResult, metric: str) -> float:
    return next(each.value for each in result.metrics if each.name == metric)


def test_everything_was_asked_and_passes(results):
    asked = [check for check in results if check.startswith(("migration.", "recovery."))]
    assert len(asked) >= 40
    assert {check: results[check].reason for check in asked if results[check].outcome is not Outcome.PASSED} == {}


def test_the_bought_addon_is_what_was_upgraded_on_data_of_its_own(run_folder, results):
    told = [finding.message for finding in results["migration.upgrade"].findings]
    assert any("-u base_tier_validation" in message for message in told)
    assert value(results["migration.upgrade"], "rows") > 3000
    modules = [
        json.loads((run_folder / "migration" / f"invariants-{when}.json").read_text("utf-8"))["modules"]
        for when in ("before", "after")
    ]
    assert [each["base_tier_validation"] for each in modules] == [OLDER, NEWER]
    assert value(results["migration.scripts"], "modules") == 1
    assert value(results["migration.aborted"], "modules-left-half-way") == 1


def test_locks_and_downtime_were_measured(results):
    locks, downtime = results["migration.locks"], results["migration.downtime"]
    assert value(locks, "samples") > 50
    assert value(locks, "wal") > 0
    assert value(locks, "disk-peak") >= value(locks, "disk-before") > 0
    assert value(downtime, "failed-rounds") > 0, "nobody noticed the restart"
    assert 0.5 < value(downtime, "downtime") < 120


def test_what_was_entered_with_the_candidate_is_lost_and_counted(results):
    assert 1 <= value(results["recovery.rollback-loss"], "lost_documents") <= 5
    assert 0 < value(results["recovery.rto"], "rto_seconds") < value(results["recovery.rto"], "rto_objective_seconds")
