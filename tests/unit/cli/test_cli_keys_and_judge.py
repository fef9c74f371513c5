"""`odoo-gate keys` and `odoo-gate judge`."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from odoo_gate.attest.statement import sha256
from odoo_gate.cli import judge as judge_module
from odoo_gate.cli import keys
from odoo_gate.errors import SettingsError, UsageError
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import Prepared, prepare
from odoo_gate.model import CheckResult, ImageIdentity, Outcome, ReleaseSubject
from odoo_gate.settings import judged_settings, load_settings
from odoo_gate.subject import configuration_listing

POLICY = b'version = 1\n[environments.production]\ndemands = ["run.complete", "tests.*"]\n'

judge_app = typer.Typer()
judge_app.command()(judge_module.judge)


def run_keys(*arguments: str) -> None:
    typer.main.get_command(keys.app).main(list(arguments), standalone_mode=False)


def run_judge(*arguments: str) -> int:
    return int(typer.main.get_command(judge_app).main(list(arguments), standalone_mode=False))


def test_a_new_pair_is_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_keys("new", str(tmp_path / "gate.key"))
    out = capsys.readouterr().out
    assert "fingerprint   sha256:" in out
    assert "PRIVATE" not in out
    assert stat.S_IMODE((tmp_path / "gate.key").stat().st_mode) == 0o600
    with pytest.raises(SettingsError, match="never overwritten"):
        run_keys("new", str(tmp_path / "gate.key"))


def test_both_halves_show_the_same_fingerprint_and_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODOO_GATE_SIGNING_KEY_PASSPHRASE", "correct horse")
    run_keys("new", str(tmp_path / "gate.key"))
    capsys.readouterr()
    run_keys("show", str(tmp_path / "gate.key"))
    private = capsys.readouterr().out
    run_keys("show", str(tmp_path / "gate.key.pub"))
    public = capsys.readouterr().out
    assert private.splitlines()[0] == "private key, ECDSA P-256"
    assert private.splitlines()[1:] == public.splitlines()[1:]
    assert "PRIVATE" not in private


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "checkout"
    (root / "addons").mkdir(parents=True)
    (root / "gate.toml").write_text(
        '[project]\nname = "Bouw"\nseries = "19.0"\n[policy]\nfile = "policy.toml"\n'
        '[attest]\nsigning_key = "gate.key"\n'
    )
    (root / "policy.toml").write_bytes(POLICY)
    run_keys("new", str(root / "gate.key"))
    monkeypatch.chdir(root)
    return root


def shard(folder: Path, *outcomes: Outcome, complete: bool = True, policy: bytes = POLICY, **chosen: str) -> str:
    settings = load_settings(Path.cwd(), {})
    subject = ReleaseSubject(
        project="Bouw",
        series="19.0",
        environment="production",
        commit="c" * 40,
        dirty=False,
        addons={},
        images=(ImageIdentity("odoo", "odoo:19.0", "sha256:" + "a" * 64, "pulled"),),
        policy_digest=sha256(policy),
        settings={**judged_settings(settings), **{key.replace("__", "."): value for key, value in chosen.items()}},
    )
    prepare(folder, Prepared(subject, b"listing\n", policy, configuration_listing(settings)))
    writer = EvidenceWriter(folder / "evidence.jsonl")
    now = datetime.now(UTC)
    for number, outcome in enumerate(outcomes):
        reason = "" if outcome is Outcome.PASSED else "broke"
        writer.write(CheckResult("tests.at-install", f"{folder.name}-{number}", outcome, now, 1.0, reason))
    if complete:
        writer.write(CheckResult("run.complete", "", Outcome.PASSED, now, 1.0))
    return str(folder)


def test_shards_that_all_passed_are_a_go(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shards = [shard(tmp_path / str(n), Outcome.PASSED) for n in (1, 2)]
    assert run_judge(*shards, "--shards", "2") == 0
    assert "GO for production" in capsys.readouterr().out
    assert (project / ".odoo-gate" / "runs" / "latest" / "readiness.sigstore.json").is_file()


@pytest.mark.usefixtures("project")
def test_one_failing_shard_is_a_no_go(tmp_path: Path) -> None:
    shards = [shard(tmp_path / "1", Outcome.PASSED), shard(tmp_path / "2", Outcome.FAILED)]
    assert run_judge(*shards, "--shards", "2") == 1


@pytest.mark.usefixtures("project")
def test_one_shard_cut_off_is_inconclusive(tmp_path: Path) -> None:
    shards = [shard(tmp_path / "1", Outcome.PASSED), shard(tmp_path / "2", Outcome.PASSED, complete=False)]
    assert run_judge(*shards, "--shards", "2") == 3


@pytest.mark.usefixtures("project")
def test_a_shard_that_is_not_there_is_never_forgotten(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="1 shards are given and 2 must be there"):
        run_judge(shard(tmp_path / "1", Outcome.PASSED), "--shards", "2")


@pytest.mark.usefixtures("project")
def test_shards_under_other_settings_are_refused(tmp_path: Path) -> None:
    quick = shard(tmp_path / "1", Outcome.PASSED, load__profile='"quick"')
    with pytest.raises(UsageError, match=r"other settings than this checkout's: load\.profile"):
        run_judge(quick, "--shards", "1")


def test_a_contract_taken_away_after_the_shards_ran_is_refused(project: Path, tmp_path: Path) -> None:
    (project / "contracts").mkdir()
    (project / "contracts" / "payroll.yaml").write_text("fields: []\n")
    ran = shard(tmp_path / "1", Outcome.PASSED)
    (project / "contracts" / "payroll.yaml").write_text("")
    with pytest.raises(UsageError, match=r"a file that gate\.toml names"):
        run_judge(ran, "--shards", "1")


def test_shards_under_another_policy_are_refused(project: Path, tmp_path: Path) -> None:
    weaker = POLICY.replace(b', "tests.*"', b"")
    with pytest.raises(UsageError, match="another policy"):
        run_judge(shard(tmp_path / "1", Outcome.PASSED, policy=weaker), "--shards", "1")
    assert not (project / ".odoo-gate" / "runs").exists()
