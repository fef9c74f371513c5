"""What other programs read of a run is signed with it, and the statement keeps to its published schema."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from odoo_gate.attest import new_signer
from odoo_gate.attest.run_folder import file_digest
from odoo_gate.attest.statement import sha256
from odoo_gate.errors import UsageError
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import assemble
from odoo_gate.model import CheckResult, ImageIdentity, Outcome, ReleaseSubject
from odoo_gate.report.gitlab_load import LOAD_PERFORMANCE

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POLICY = b'version = 1\n[environments.production]\ndemands = ["run.complete", "tests.*"]\n'
SCHEMA = Path(__file__).parents[3] / "docs" / "schemas" / "readiness.v1.schema.json"
FILES = {
    "summary.md",
    "metrics.csv",
    "metrics.prom",
    "gl-code-quality-report.json",
    "gl-sast-report.json",
    "gl-dependency-scanning-report.json",
    "gl-secret-detection-report.json",
}


SAMPLE = {"scheduled": 1.0, "started": 1.0, "ended": 2.5, "requests": 6, "outcome": "acknowledged"}


def judged(folder: Path, samples: str = "") -> dict:
    folder.mkdir()
    if samples:
        (folder / "shards/2").mkdir(parents=True)
        (folder / "shards/2/load-payroll.samples.jsonl").write_text(samples)
    EvidenceWriter(folder / "evidence.jsonl").write(CheckResult("run.complete", "", Outcome.PASSED, NOW, 1.0))
    subject = ReleaseSubject(
        "Bouw", "19.0", "production", "c" * 40, False, {"a": "d" * 64},
        (ImageIdentity("odoo", "odoo:19.0", "sha256:" + "a" * 64, "pulled"),), sha256(POLICY),
    )  # fmt: skip
    assemble(folder, replace(subject), b"0  addons/a/__init__.py\n", POLICY, new_signer(), NOW)
    return json.loads((folder / "readiness.json").read_text())


def test_every_rendering_is_signed_by_its_digest(tmp_path):
    signed = {file["path"]: file["sha256"] for file in judged(tmp_path / "run")["predicate"]["evidence"]}
    assert signed.keys() >= FILES
    assert all(file_digest(tmp_path / "run" / name)[0] == signed[name] for name in FILES)


def test_peaks_that_a_shard_drove_are_told_and_signed(tmp_path):
    judged(tmp_path / "none")
    assert not (tmp_path / "none" / LOAD_PERFORMANCE).exists()
    signed = {file["path"] for file in judged(tmp_path / "run", json.dumps(SAMPLE) + "\n")["predicate"]["evidence"]}
    assert LOAD_PERFORMANCE in signed
    told = json.loads((tmp_path / "run" / LOAD_PERFORMANCE).read_text())["metrics"]
    assert (told["http_reqs"]["rate"], told["http_req_waiting"]["p(95)"], told["checks"]["fails"]) == (4.0, 1500.0, 0)


@pytest.mark.parametrize(
    "damaged",
    ["{", "[]", "{}", '{"scheduled": "soon"}', json.dumps({**SAMPLE, "ended": math.inf})],
    ids=["cut", "list", "empty", "text", "endless"],
)
def test_peaks_that_cannot_be_read_stop_the_judgement(tmp_path, damaged):
    with pytest.raises(UsageError, match="load-payroll"):
        judged(tmp_path / "run", damaged)


def test_the_statement_keeps_to_its_schema(tmp_path):
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    statement = judged(tmp_path / "run")
    assert [error.message for error in validator.iter_errors(statement)] == []
    statement["predicate"]["verdict"] = "MAYBE"
    assert list(validator.iter_errors(statement))
