"""`odoo-gate attest`, `override`, `record review` and `rollback`: what people sign, on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer

from odoo_gate.addons import addons_listing
from odoo_gate.attest import new_signer
from odoo_gate.attest.keys import write_key_pair
from odoo_gate.attest.statement import sha256
from odoo_gate.cli import attest, override, record, rollback, verify
from odoo_gate.cli.signing import judge_and_sign, signing_of
from odoo_gate.errors import ExitCode, UsageError
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import Prepared
from odoo_gate.model import CheckResult, ImageIdentity, Metric, Outcome, ReleaseSubject
from odoo_gate.settings import judged_settings, load_settings
from odoo_gate.subject import configuration_listing

DIGEST = f"sha256:{'a' * 64}"
GATE_TOML = """
[project]
name = "Bouw"
series = "19.0"
[policy]
file = "policy.toml"
trust = "trust.toml"
[attest]
signing_key = ".odoo-gate/keys/gate"
record = ".odoo-gate/record.jsonl"
"""
POLICY = """
version = 1
[environments.production]
demands = ["run.complete"]
[[environments.production.manual]]
check = "manual.rota"
question = "Who is there at night?"
groups = ["operations"]
[environments.production.override]
groups = { operations = 1, release-management = 1 }
checks = ["load.*"]
"""
PEOPLE = {"bram": "operations", "ria": "release-management"}
SLOW = CheckResult("load.latency", "", Outcome.FAILED, datetime.now(UTC), 1.0, "2.1 s")


def call(command: Any, *words: str) -> Any:
    app = typer.Typer()
    app.command()(command)
    return typer.main.get_command(app).main(list(words), standalone_mode=False)


def of(app: typer.Typer, *words: str) -> Any:
    return typer.main.get_command(app).main(list(words), standalone_mode=False)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "checkout"
    (root / "addons" / "a").mkdir(parents=True)
    (root / "addons" / "a" / "__manifest__.py").write_text("{}")
    (root / "gate.toml").write_text(GATE_TOML)
    (root / "policy.toml").write_text(POLICY)
    keys = root / ".odoo-gate" / "keys"
    gate = new_signer()
    write_key_pair(gate, keys / "gate")
    now = datetime.now(UTC)
    dates = f"valid_from = {now - timedelta(days=1)}\nvalid_until = {now + timedelta(days=1)}\n"
    trust = f'version = 1\nserial = 1\n[gates.ci]\nkey = """{gate.public_key.pem.decode()}"""\n'
    trust += f'environments = ["production"]\n{dates}'
    for name, group in PEOPLE.items():
        signer = new_signer()
        write_key_pair(signer, keys / name)
        trust += f'[people.{name}]\nkey = """{signer.public_key.pem.decode()}"""\ngroups = ["{group}"]\n{dates}'
    (root / "trust.toml").write_text(trust)
    monkeypatch.chdir(root)
    return root


def judge(root: Path, name: str, *results: CheckResult) -> Path:
    settings = load_settings(root, {})
    policy, now = (root / "policy.toml").read_bytes(), datetime.now(UTC)
    folder = root / ".odoo-gate" / "runs" / name
    writer = EvidenceWriter(folder / "evidence.jsonl")
    for result in (*results, CheckResult("run.complete", "", Outcome.PASSED, now, 1.0)):
        writer.write(result)
    images = (ImageIdentity("odoo", "odoo:19.0", DIGEST, "pulled"),)
    subject = ReleaseSubject(
        "Bouw", "19.0", "production", "", False, {}, images, sha256(policy), settings=judged_settings(settings)
    )
    listing = addons_listing(settings.addons_roots, root).encode()
    prepared = Prepared(subject, listing, policy, configuration_listing(settings))
    judge_and_sign(folder, prepared, signing_of(settings, {}), now)
    return folder


def attested() -> None:
    words = ("--as", "bram", "--group", "operations", "--key", ".odoo-gate/keys/bram")
    call(attest.attest, "manual.rota", *words, "--answer", "week 48 is staffed")


def verified(folder: Path, *more: str) -> int:
    words = ("--image", f"odoo={DIGEST}", "--trust", "trust.toml", "--author", "daan")
    return int(call(verify.verify, str(folder), *words, *more))


def overridden(folder: Path, *names: str) -> None:
    for name in names:
        words = ("--as", name, "--group", PEOPLE[name], "--key", f".odoo-gate/keys/{name}")
        reason = ("--reason", "payroll cannot be exported", "--ticket", "INC-118")
        call(override.override, str(folder), *words, "--trusted", ".odoo-gate/keys/gate.pub", *reason)


def test_an_answer_turns_inconclusive_into_go(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verified(judge(root, "before")) == ExitCode.INCONCLUSIVE
    assert "manual.rota: nobody of operations has answered: Who is there at night?" in capsys.readouterr().out
    attested()
    assert verified(judge(root, "after")) == ExitCode.GO
    assert "the gate ci" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("manual.training", "--group", "operations"), r"asks no manual\.training"),
        (("manual.rota", "--group", "finance"), "not finance's to answer"),
    ],
)
@pytest.mark.usefixtures("root")
def test_a_question_that_is_not_asked(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        call(attest.attest, *words, "--as", "bram", "--key", ".odoo-gate/keys/bram", "--answer", "yes")


def test_an_emergency_from_beginning_to_end(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    attested()
    folder = judge(root, "slow", SLOW)
    assert verified(folder) == ExitCode.NO_GO
    door = ("--override", ".odoo-gate/overrides")
    overridden(folder, "bram")
    assert verified(folder, *door) == ExitCode.INVALID
    overridden(folder, "ria")
    capsys.readouterr()
    assert verified(folder, *door) == ExitCode.OVERRIDDEN == 6
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == "OVERRIDDEN, NOT A GO: people answer for Bouw to production"
    assert any("bram (operations, INC-118): payroll cannot be exported" in line for line in rest)
    mended = judge(root, "mended")
    assert verified(mended) == ExitCode.INVALID
    assert "never looked into" in capsys.readouterr().out
    about = ("--project", "Bouw", "--environment", "production", "--as", "anna", "--found", "PIR-7: exports are tested")
    of(record.app, "review", ".odoo-gate/record.jsonl", *about)
    assert verified(mended) == ExitCode.GO
    with pytest.raises(UsageError, match="no emergency"):
        of(record.app, "review", ".odoo-gate/record.jsonl", *about)


def test_a_package_to_take_the_release_back(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    attested()
    metrics = (Metric("rollback_seconds", 312, "s"),)
    rehearsed = CheckResult("recovery.rollback", "", Outcome.PASSED, datetime.now(UTC), 1.0, metrics=metrics)
    new, old = judge(root, "new", rehearsed), judge(root, "old")
    key = ("--key", ".odoo-gate/keys/gate.pub")
    backup = ("--backup", "s3://b/x.dump", "--sha256", "b" * 64, "--output", "back")
    of(rollback.app, "write", str(new), "--previous", str(old), *backup, *key)
    capsys.readouterr()
    of(rollback.app, "show", "back", *key)
    out = capsys.readouterr().out
    assert "rehearsed rollback_seconds 312 s" in out
    assert f"image     odoo {DIGEST}" in out
