"""`odoo-gate verify` as a deploy job calls it: a project, a run, and one byte changed here or there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from odoo_gate.addons import addons_listing
from odoo_gate.attest import KeySigner, new_signer, write_key_pair
from odoo_gate.attest.statement import sha256
from odoo_gate.cli.approve import approve
from odoo_gate.cli.record import show
from odoo_gate.cli.verify import verify
from odoo_gate.errors import InfrastructureError, UsageError
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import assemble, point_latest, read_policy
from odoo_gate.model import CheckResult, ImageIdentity, Outcome, ReleaseSubject
from odoo_gate.settings import load_settings
from odoo_gate.subject import configuration_listing, revision

DIGEST = "sha256:" + "a" * 64
GATE_TOML = """
[project]
name = "Hollander Bouw"
series = "19.0"
[policy]
file = "policy.toml"
[attest]
signing_key = ".odoo-gate/keys/gate.key"
public_key = ".odoo-gate/keys/gate.key.pub"
"""
POLICY = 'version = 1\n[environments.production]\ndemands = ["run.complete"]\n'

app = typer.Typer()
app.command()(verify)


@dataclass(frozen=True)
class Project:
    """A small contractor's checkout with one judged run in it."""

    root: Path

    def verify(self, *arguments: str) -> int:
        given = arguments if "--image" in arguments else (*arguments, "--image", f"odoo={DIGEST}")
        return int(typer.main.get_command(app).main(["--project", str(self.root), *given], standalone_mode=False))


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def judge(
    root: Path, outcome: Outcome = Outcome.PASSED, environment: str = "production", signer: KeySigner | None = None
) -> Path:
    settings = load_settings(root, {})
    policy = read_policy(settings)
    folder = root / ".odoo-gate" / "runs" / f"{environment}-{outcome}"
    now = datetime.now(UTC)
    reason = "" if outcome is Outcome.PASSED else "it broke \u202e\x1b[31m"
    writer = EvidenceWriter(folder / "evidence.jsonl")
    writer.write(CheckResult("tests.at-install", "/a:T.t", outcome, now, 1.0, reason))
    writer.write(CheckResult("run.complete", "", Outcome.PASSED, now, 1.0))
    signer = signer or new_signer()
    key = root / ".odoo-gate" / "keys" / "gate.key"
    for old in (key, key.with_name("gate.key.pub")):
        old.unlink(missing_ok=True)
    write_key_pair(signer, key)
    commit, dirty = revision(root)
    subject = ReleaseSubject(
        project=settings.project.name,
        series="19.0",
        environment=environment,
        commit=commit,
        dirty=dirty,
        addons={"job_costing": "d" * 64},
        images=(ImageIdentity("odoo", "odoo:19.0", DIGEST, "pulled"),),
        policy_digest=sha256(policy),
    )
    listing = addons_listing(settings.addons_roots, root).encode()
    assemble(folder, subject, listing, policy, signer, now, configuration=configuration_listing(settings))
    point_latest(folder)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "checkout"
    addon = root / "addons" / "job_costing"
    addon.mkdir(parents=True)
    (addon / "__manifest__.py").write_text('{"name": "Job costing", "version": "19.0.1.0.0"}\n')
    (addon / "__init__.py").write_text("from . import models\n")
    (root / "gate.toml").write_text(GATE_TOML)
    (root / "policy.toml").write_text(POLICY)
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "release")
    judge(root)
    return Project(root)


def test_the_latest_run_of_the_project_is_a_go(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert project.verify() == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("GO: Hollander Bouw to production, until ")
    assert sum("✓" in line for line in rest) == 16
    assert not any("✗" in line for line in rest)


def one_byte(path: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        file = root / path
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)

    change.__name__ = path
    return change


def commit_more(root: Path) -> None:
    (root / "README.md").write_text("new\n")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "more")


def new_addon_file(root: Path) -> None:
    (root / "addons" / "job_costing" / "models.py").write_text("x = 1\n")


def other_environment(root: Path) -> None:
    (root / "gate.toml").write_text(GATE_TOML.replace("[policy]", '[policy]\nenvironment = "qa"'))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (one_byte("addons/job_costing/__manifest__.py"), "✗ addons"),
        (one_byte("addons/job_costing/__init__.py"), "✗ addons"),
        (new_addon_file, "✗ addons"),
        (one_byte("policy.toml"), "✗ policy"),
        (commit_more, "✗ source"),
        (other_environment, "✗ environment"),
        (one_byte(".odoo-gate/runs/latest/report.html"), "✗ report"),
        (one_byte(".odoo-gate/runs/latest/readiness.json"), "✗ payload"),
        (one_byte(".odoo-gate/runs/latest/readiness.sigstore.json"), "✗ "),
        (one_byte(".odoo-gate/runs/latest/evidence.jsonl"), "✗ evidence"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_whatever_was_changed_is_refused(
    project: Project, change: Callable[[Path], None], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(project.root)
    assert project.verify() == 5
    out = capsys.readouterr().out
    assert out.startswith("REFUSED")
    assert words in out


def test_a_genuine_no_go_says_why_and_stops(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    judge(project.root, Outcome.FAILED)
    assert project.verify() == 1
    out = capsys.readouterr().out
    assert out.startswith("NO-GO: the report is genuine, do not deploy Hollander Bouw to production")
    assert "failed   tests.at-install: it broke ⟦U+202E⟧⟦U+001B⟧[31m" in out


def test_a_genuine_inconclusive_stops(project: Project) -> None:
    judge(project.root, Outcome.ERRORED)
    assert project.verify() == 3


@pytest.mark.parametrize("name", ["", "readiness.sigstore.json"], ids=["a run folder", "its bundle"])
def test_a_promotion_is_a_run_folder_or_its_bundle(project: Project, name: str) -> None:
    rules = 'promoted_from = "qa"\n[environments.qa]\ndemands = ["run.complete"]\n'
    (project.root / "policy.toml").write_text(POLICY + rules)
    git(project.root, "commit", "--quiet", "--all", "--message", "promoted")
    signer = new_signer()
    before = judge(project.root, environment="qa", signer=signer)
    judge(project.root, signer=signer)
    assert project.verify() == 5
    assert project.verify("--promotion", str(before / name)) == 0


def test_a_promotion_that_is_no_run(project: Project) -> None:
    for path in (project.root / "addons", project.root / "gone"):
        with pytest.raises(UsageError, match="is no judged run") as caught:
            project.verify("--promotion", str(path))
        assert "readiness.sigstore.json" in caught.value.hint


def test_an_image_by_another_digest_is_refused(project: Project) -> None:
    assert project.verify("--image", "odoo=sha256:" + "b" * 64) == 5


def test_without_docker_and_without_image_it_is_refused_with_the_flag_to_give(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> object:
        raise InfrastructureError("no Docker engine answers")

    monkeypatch.setattr("odoo_gate.stack.images.Images", unreachable)
    status = typer.main.get_command(app).main(["--project", str(project.root)], standalone_mode=False)
    output = capsys.readouterr()
    assert status == 5
    assert "give --image odoo=sha256:" in output.out
    assert "no Docker engine answers" in output.err


def test_json_for_machines(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert project.verify("--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["accepted"], document["verdict"], document["exit"]) == (True, "GO", 0)
    (project.root / "policy.toml").write_text(POLICY + "\n")
    assert project.verify("--json") == 5
    document = json.loads(capsys.readouterr().out)
    assert (document["accepted"], document["verdict"]) == (False, None)


def test_a_deploy_job_without_a_checkout_says_everything_itself(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "trusted.pub"
    key.write_bytes((project.root / ".odoo-gate" / "keys" / "gate.key.pub").read_bytes())
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    (tmp_path / "deploy").mkdir()
    (project.root / "addons").rename(tmp_path / "deploy" / "addons")
    commit, _ = revision(project.root)
    monkeypatch.chdir(tmp_path / "deploy")
    arguments = [
        str(project.root / ".odoo-gate" / "runs" / "latest" / "readiness.sigstore.json"),
        *("--addons", "addons", "--image", f"odoo={DIGEST}", "--source", commit, "--policy", str(policy)),
        *("--environment", "production", "--key", str(key), "--max-age", "24h"),
    ]
    main = typer.main.get_command(app).main
    assert main(arguments, standalone_mode=False) == 0
    without_source = [a for a in arguments if a not in ("--source", commit)]
    assert main(without_source, standalone_mode=False) == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--image", "odoo=latest"), "is not ROLE=sha256"),
        (("--image", DIGEST), "is not ROLE=sha256"),
        (("--source", "main"), "is not a full commit"),
        (("--max-age", "yesterday"), "is not an age"),
        (("--max-age", "0h"), "is not an age"),
        (("--key", "nowhere.pub"), "cannot be read"),
        (("nowhere",), "does not exist"),
        (("--policy", "nowhere.toml"), "cannot be read"),
    ],
)
def test_what_was_typed_wrong_is_a_usage_error(project: Project, arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        project.verify(*arguments)


def test_a_key_from_inside_the_run_is_no_key_to_trust(project: Project) -> None:
    run = project.root / ".odoo-gate" / "runs" / "latest"
    (run / "gate.pub").write_bytes((project.root / ".odoo-gate" / "keys" / "gate.key.pub").read_bytes())
    with pytest.raises(UsageError, match="lies in the run that it is to verify"):
        project.verify("--key", str(run / "gate.pub"))


def test_no_key_is_a_usage_error_with_the_next_step(project: Project) -> None:
    (project.root / "gate.toml").write_text(GATE_TOML.partition("[attest]")[0])
    with pytest.raises(UsageError, match="no public key to trust") as caught:
        project.verify()
    assert "--key FILE" in caught.value.hint


APPROVED = POLICY + "[environments.production.approvals]\ngroups = { finance = 1 }\n"


def approve_as_anna(project: Project, folder: str = "production-passed") -> int:
    """Anna's approval of a run, and the trust file that knows her."""
    key = project.root.parent / "anna.pem"
    public = write_key_pair(new_signer(), key)
    (project.root.parent / "trust.toml").write_text(
        f'version = 1\n[people.anna]\nkey = """{public.read_text()}"""\ngroups = ["finance"]\n'
        "valid_from = 2026-01-01T00:00:00Z\nvalid_until = 2100-01-01T00:00:00Z\n"
    )
    command = typer.Typer()
    command.command()(approve)
    run = project.root / ".odoo-gate" / "runs" / folder
    words = [str(run), "--as", "anna", "--group", "finance", "--key", str(key)]
    words += ["--trusted", str(project.root / ".odoo-gate/keys/gate.key.pub")]
    words += ["--output", str(project.root / ".odoo-gate" / "approvals")]
    return int(typer.main.get_command(command).main(words, standalone_mode=False) or 0)


@pytest.fixture
def approvable(project: Project) -> Project:
    (project.root / "policy.toml").write_text(APPROVED)
    git(project.root, "add", ".")
    git(project.root, "commit", "--quiet", "--message", "approvals")
    judge(project.root)
    return project


def test_an_approval_is_collected_and_counted(approvable: Project, capsys: pytest.CaptureFixture[str]) -> None:
    trust = str(approvable.root.parent / "trust.toml")
    assert approve_as_anna(approvable) == 0
    assert "anna approves Hollander Bouw for production" in capsys.readouterr().out
    assert approvable.verify("--trust", trust) == 0
    assert approvable.verify() == 5
    assert "--trust FILE" in capsys.readouterr().out
    assert approvable.verify("--trust", trust, "--author", "anna") == 5
    assert "made the change" in capsys.readouterr().out


def test_only_a_go_can_be_approved(approvable: Project) -> None:
    judge(approvable.root, Outcome.FAILED)
    with pytest.raises(UsageError, match="this report says NO-GO"):
        approve_as_anna(approvable, "production-failed")


def test_a_freeze_entered_since_is_seen(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    calendar = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
        "SUMMARY:Month-end\r\nDTSTART;VALUE=DATE:20200101\r\nDTEND;VALUE=DATE:{end}0101\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    entry = '[[environments.production.calendars]]\nname = "closing"\nfile = "closing.ics"\ntimezone = "UTC"\n'
    (project.root / "policy.toml").write_text(POLICY + entry)
    (project.root / "closing.ics").write_text(calendar.format(end=2021))
    git(project.root, "add", ".")
    git(project.root, "commit", "--quiet", "--message", "calendar")
    judge(project.root)
    assert project.verify() == 0
    frozen = project.root.parent / "frozen.ics"
    frozen.write_text(calendar.format(end=2100))
    capsys.readouterr()
    assert project.verify("--calendar", f"closing={frozen}") == 5
    assert "nothing may be deployed now: Month-end" in capsys.readouterr().out


def test_the_record_of_the_project_is_asked_and_told(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    log = project.root.parent / "record.jsonl"
    assert project.verify("--record", str(log)) == 0
    commands = typer.Typer()
    commands.command()(show)
    typer.main.get_command(commands).main([str(log)], standalone_mode=False)
    lines = capsys.readouterr().out.splitlines()
    assert "verified  Hollander Bouw  GO for production" in lines[-2]
    assert lines[-1].startswith("whole; its last line is sha256:")
    log.write_bytes(log.read_bytes().replace(b"GO", b"NO"))
    assert project.verify("--record", str(log)) == 5
