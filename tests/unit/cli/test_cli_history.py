"""`odoo-gate history`: runs, trends and flaky checks of a project, for people and for machines."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from odoo_gate.attest import new_signer
from odoo_gate.attest.statement import sha256
from odoo_gate.cli.history import history
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import assemble, runs_folder
from odoo_gate.model import CheckResult, Metric, Outcome, ReleaseSubject

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POLICY = b'version = 1\n[environments.production]\ndemands = ["run.complete"]\n'
SUBJECT = ReleaseSubject("Bouw", "19.0", "production", "c" * 40, False, {"a": "d" * 64}, (), sha256(POLICY))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a run that passed and one of the same candidate that did not."""
    (tmp_path / "addons").mkdir()
    (tmp_path / "gate.toml").write_text('[project]\nname = "Bouw"\nseries = "19.0"\n')
    for number, outcome in enumerate((Outcome.PASSED, Outcome.FAILED)):
        at, folder = NOW + timedelta(hours=number), runs_folder(tmp_path) / f"run-{number}"
        writer = EvidenceWriter(folder / "evidence.jsonl")
        reason = "" if outcome is Outcome.PASSED else "[red]too slow[/]"
        figures = (Metric("downtime", 10.0 * (number + 1), "s"),)
        writer.write(CheckResult("migration.downtime", "", outcome, at, 5.0, reason, metrics=figures))
        writer.write(CheckResult("run.complete", "", Outcome.PASSED, at, 9.0))
        assemble(folder, SUBJECT, b"0  a\n", POLICY, new_signer(), at)
    return tmp_path


def test_people_see_runs_trends_and_what_is_flaky(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert history(project, 10) == 0
    shown = capsys.readouterr().out
    for words in ("run-1", "NO-GO", "run-0", "Work by family", "migration.downtime", "+100%", "Flaky"):
        assert words in shown


def test_machines_get_one_object(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert history(project, 10, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert [run["verdict"] for run in found["runs"]] == ["NO-GO", "GO"]
    assert found["moved_metrics"][0]["values"] == [10.0, 20.0]
    assert found["flaky"][0]["not_passed_in"] == ["run-1"]


def test_a_project_without_runs_is_told_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "addons").mkdir()
    (tmp_path / "gate.toml").write_text('[project]\nname = "Bouw"\nseries = "19.0"\n')
    assert history(tmp_path, 10) == 0
    assert "odoo-gate run makes one" in capsys.readouterr().out
