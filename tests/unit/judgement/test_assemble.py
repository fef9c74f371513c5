"""Assembling: whatever the run left becomes one signed answer, and an interruption leaves none."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from odoo_gate.attest import new_signer
from odoo_gate.attest.bundle import open_bundle
from odoo_gate.attest.run_folder import SIGNED_FILES, TIMESTAMP
from odoo_gate.attest.statement import sha256
from odoo_gate.errors import SettingsError, UsageError
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import Assembled, Prepared, assemble, merge, point_latest, prepare, read_prepared
from odoo_gate.model import CheckResult, ImageIdentity, Outcome, ReleaseSubject, Status

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
START = NOW - timedelta(minutes=10)
POLICY = b'version = 1\n[environments.production]\ndemands = ["run.complete", "tests.*"]\nvalid_for_hours = 2\n'
LISTING = b"0  addons/a/__init__.py\n"
SIGNER = new_signer()

PASSED = CheckResult("tests.at-install", "/a:T.t", Outcome.PASSED, START, 1.0)
FAILED = CheckResult("tests.at-install", "/a:T.u", Outcome.FAILED, START, 1.0, "1 != 2")
COMPLETE = CheckResult("run.complete", "", Outcome.PASSED, START, 1.0)


def subject(**other: str) -> ReleaseSubject:
    base = ReleaseSubject(
        project="Bouw",
        series="19.0",
        environment="production",
        commit="c" * 40,
        dirty=False,
        addons={"a": "d" * 64},
        images=(ImageIdentity("odoo", "odoo:19.0", "sha256:" + "a" * 64, "pulled", {"libc6": "2.41"}),),
        policy_digest=sha256(POLICY),
    )
    return replace(base, **other)  # type: ignore[arg-type]


def run_of(folder: Path, *results: CheckResult) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    writer = EvidenceWriter(folder / "evidence.jsonl")
    for result in results:
        writer.write(result)
    return folder


def judged(folder: Path) -> Assembled:
    return assemble(folder, subject(), LISTING, POLICY, SIGNER, NOW)


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ((PASSED, COMPLETE), Status.GO),
        ((PASSED, FAILED, COMPLETE), Status.NO_GO),
        ((PASSED,), Status.INCONCLUSIVE),
        ((COMPLETE,), Status.INCONCLUSIVE),
        ((), Status.INCONCLUSIVE),
    ],
)
def test_every_answer_is_signed_and_only_a_go_has_passing_properties(
    tmp_path: Path, results: tuple[CheckResult, ...], status: Status
) -> None:
    assembled = judged(run_of(tmp_path / "run", *results))
    assert assembled.verdict.status is status
    predicate = json.loads(open_bundle(assembled.bundle.read_bytes(), SIGNER.public_key).payload)["predicate"]
    assert predicate["verdict"] == status
    assert (tmp_path / "run" / "readiness.svr.sigstore.json").exists() == (status is Status.GO)
    assert f"<title>{status} " in assembled.report.read_text()


def test_the_payload_file_is_exactly_what_is_signed(tmp_path: Path) -> None:
    assembled = judged(run_of(tmp_path / "run", PASSED, COMPLETE))
    payload = (tmp_path / "run" / "readiness.json").read_bytes()
    assert open_bundle(assembled.bundle.read_bytes(), SIGNER.public_key).payload == payload
    assert payload.isascii()


def test_the_statement_names_everything_that_was_judged(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", PASSED, COMPLETE)
    (run / "logs").mkdir()
    (run / "logs" / "odoo.log").write_text("x")
    judged(run)
    statement = json.loads((run / "readiness.json").read_bytes())
    assert {s["name"]: s["digest"]["sha256"] for s in statement["subject"]} == {
        "addons.sha256": sha256((run / "addons.sha256").read_bytes()),
        "configuration.sha256": sha256((run / "configuration.sha256").read_bytes()),
        "source.json": sha256((run / "source.json").read_bytes()),
        "image:odoo": "a" * 64,
    }
    predicate = statement["predicate"]
    assert predicate["policy"].encode() == POLICY
    assert predicate["startedOn"] == "2026-11-21T11:50:00Z"
    assert predicate["validUntil"] == "2026-11-21T13:50:00Z"
    assert {file["path"] for file in predicate["evidence"]} == {
        "addons.sha256",
        "configuration.sha256",
        "evidence.jsonl",
        "findings.sarif",
        "summary.md",
        "metrics.csv",
        "metrics.prom",
        "gl-code-quality-report.json",
        "gl-sast-report.json",
        "gl-dependency-scanning-report.json",
        "gl-secret-detection-report.json",
        "logs/odoo.log",
        "packages.json",
        "policy.toml",
        "source.json",
        "subject.json",
    }
    assert json.loads((run / "packages.json").read_bytes()) == {"odoo": {"libc6": "2.41"}}


def test_judging_again_leaves_nothing_of_a_better_verdict(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", PASSED, COMPLETE)
    judged(run)
    run_of(run, FAILED)
    assert judged(run).verdict.status is Status.NO_GO
    assert not (run / "readiness.svr.sigstore.json").exists()


@pytest.mark.parametrize("broken", [name for name in SIGNED_FILES if name != TIMESTAMP])
def test_an_interruption_while_writing_leaves_no_verdict(
    tmp_path: Path, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of(tmp_path / "run", PASSED, COMPLETE)
    judged(run)
    replace_file = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        if Path(target).name == broken:
            raise KeyboardInterrupt
        return replace_file(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        judged(run)
    assert not (run / "readiness.sigstore.json").exists()
    assert not list(run.glob(".*"))


def test_an_artifact_that_is_gone_is_not_a_go(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", replace(PASSED, artifacts=("shot.png",)), COMPLETE)
    verdict = judged(run).verdict
    assert (verdict.status, verdict.reasons[0].check) == (Status.INCONCLUSIVE, "run.artifact-kept")
    (run / "shot.png").write_bytes(b"x")
    assert judged(run).verdict.status is Status.GO


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd"])
def test_an_artifact_outside_the_run_is_not_a_go(tmp_path: Path, path: str) -> None:
    (tmp_path / "outside").write_text("x")
    run = run_of(tmp_path / "run", replace(PASSED, artifacts=(path,)), COMPLETE)
    assert judged(run).verdict.status is Status.INCONCLUSIVE


def test_a_policy_that_is_not_the_subjects_is_refused(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", PASSED, COMPLETE)
    with pytest.raises(UsageError, match="policy changed"):
        assemble(run, subject(), LISTING, POLICY + b"\n", SIGNER, NOW)
    with pytest.raises(SettingsError, match="no environment 'qa'"):
        assemble(run, subject(environment="qa"), LISTING, POLICY, SIGNER, NOW)
    assert not (run / "readiness.sigstore.json").exists()


def test_what_was_prepared_is_read_back(tmp_path: Path) -> None:
    prepared = Prepared(subject(), LISTING, POLICY)
    prepare(tmp_path / "run", prepared)
    assert read_prepared(tmp_path / "run") == prepared


def shard(folder: Path, *results: CheckResult, **other: str) -> Path:
    prepare(folder, Prepared(subject(**other), LISTING, POLICY))
    return run_of(folder, *results)


def test_shards_are_judged_together_by_their_worst(tmp_path: Path) -> None:
    first = shard(tmp_path / "1", PASSED, COMPLETE)
    second = shard(tmp_path / "2", replace(FAILED, artifacts=("shot.png",)), COMPLETE)
    (second / "shot.png").write_bytes(b"x")
    prepared = merge([first, second], tmp_path / "runs" / "merged")
    assembled = judged(tmp_path / "runs" / "merged")
    assert prepared.subject == subject()
    assert assembled.verdict.status is Status.NO_GO
    checks = json.loads((tmp_path / "runs" / "merged" / "readiness.json").read_bytes())["predicate"]["checks"]
    assert [artifact for check in checks for artifact in check["artifacts"]] == ["shards/2/shot.png"]


def test_a_shard_that_was_cut_off_is_not_a_go(tmp_path: Path) -> None:
    first, second = shard(tmp_path / "1", PASSED, COMPLETE), shard(tmp_path / "2", PASSED)
    merge([first, second], tmp_path / "merged")
    assert judged(tmp_path / "merged").verdict.status is Status.INCONCLUSIVE


def test_shards_of_two_candidates_are_refused(tmp_path: Path) -> None:
    first = shard(tmp_path / "1", PASSED, COMPLETE)
    second = shard(tmp_path / "2", PASSED, COMPLETE, commit="e" * 40)
    with pytest.raises(UsageError, match="judged something else"):
        merge([first, second], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


@pytest.mark.parametrize("given", [[], ["1", "1"], ["1", "nowhere"]])
def test_shards_that_are_missing_or_twice_there_are_refused(tmp_path: Path, given: list[str]) -> None:
    shard(tmp_path / "1", PASSED, COMPLETE)
    with pytest.raises(UsageError):
        merge([tmp_path / name for name in given], tmp_path / "merged")


def test_latest_points_to_the_newest_run(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        point_latest(tmp_path / name)
    assert (tmp_path / "latest").resolve() == (tmp_path / "b").resolve()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "latest"]
