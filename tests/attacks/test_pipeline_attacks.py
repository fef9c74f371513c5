"""A change that brings files for the shell of the shipped pipelines along: their literal steps, with the real gate."""

from __future__ import annotations

import base64
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from github_runner import DEPLOY, GATE, Runner
from yard import ROOT, commit

from odoo_gate.addons import addons_listing
from odoo_gate.attest import new_signer
from odoo_gate.attest.statement import sha256
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import Prepared, prepare
from odoo_gate.model import CheckResult, ImageIdentity, Outcome, ReleaseSubject
from odoo_gate.settings import judged_settings, load_settings
from odoo_gate.subject import configuration_listing, revision

DIGESTS = {role: f"sha256:{mark * 64}" for role, mark in (("odoo", "a"), ("postgres", "b"), ("redis", "c"))}
IMAGES = Path("deploy/production/images.env")
HONEST = "".join(f"{role.upper()}={digest}\n" for role, digest in DIGESTS.items())
POLICY = 'version = 1\n[environments.production]\ndemands = ["run.complete", "tests.*"]\n'
NEXT_TO_NOTHING = 'version = 1\n[environments.production]\ndemands = ["run.complete"]\n'
FREEZE = (
    '[[environments.production.calendars]]\nname = "closing"\nfile = "closing.ics"\ntimezone = "Europe/Amsterdam"\n'
)
NO_FREEZE_ANY_MORE = (
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20200101T000000Z\n"
    "DTSTART:20200101T000000Z\nDTEND:20200102T000000Z\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR\n"
).replace("\n", "\r\n")
THIEF = "import os, pathlib\npathlib.Path('STOLEN').write_text(os.environ.get('ODOO_GATE_SIGNING_KEY', 'no key'))\n"
IMPORTED = {*sys.stdlib_module_names, "odoo_gate", "typer", "pydantic", "cryptography", "sitecustomize", "conftest"}


@pytest.fixture
def pipeline(tmp_path: Path) -> Runner:
    """A project, what its administrators keep outside of it, and a service that runs its pipeline."""
    root = tmp_path / "checkout"
    (root / "addons" / "x").mkdir(parents=True)
    (root / "addons" / "x" / "__init__.py").write_text("")
    (root / "gate.toml").write_text('[project]\nname = "P"\nseries = "19.0"\n[policy]\nfile = "policy.toml"\n')
    (root / "policy.toml").write_text(POLICY)
    (root / ".gitignore").write_text(".odoo-gate/\n")
    write(root / IMAGES, HONEST)
    signer = new_signer()
    contexts = {
        "inputs.project": ".",
        "inputs.install": "true",
        "inputs.shards": '["modules,tests"]',
        "secrets.ODOO_GATE_SIGNING_KEY": signer.private_pem().decode(),
        "secrets.ODOO_GATE_PUBLIC_KEY": signer.public_key.pem.decode().strip(),
        "secrets.ODOO_GATE_POLICY": base64.b64encode(POLICY.encode()).decode(),
    }
    return Runner(root, contexts)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def release(runner: Runner, *others: CheckResult) -> int:
    """Commit what lies there, leave a shard's evidence of it (and `others`), judge, deploy: the first bad status."""
    commit(runner.root)
    settings = load_settings(runner.root, {})
    policy = (runner.root / "policy.toml").read_bytes()
    source, dirty = revision(runner.root)
    subject = ReleaseSubject(
        project="P",
        series="19.0",
        environment="production",
        commit=source,
        dirty=dirty,
        addons={},
        images=tuple(ImageIdentity(role, f"{role}:1", digest, "pulled") for role, digest in DIGESTS.items()),
        policy_digest=sha256(policy),
        settings=judged_settings(settings),
    )
    listing = addons_listing(settings.addons_roots, runner.root).encode()
    shard = runner.root / ".odoo-gate" / "shards" / "modules-tests"
    prepare(shard, Prepared(subject, listing, policy, configuration_listing(settings)))
    writer = EvidenceWriter(shard / "evidence.jsonl")
    for result in (CheckResult("run.complete", "", Outcome.PASSED, datetime.now(UTC), 1.0), *others):
        writer.write(result)
    return runner.run(GATE, "judge") or runner.run(DEPLOY, "deploy")


TESTED = CheckResult("tests.at-install", "x", Outcome.PASSED, datetime.now(UTC), 1.0)


def test_an_honest_change_is_judged_and_deployed(pipeline: Runner, capfd: pytest.CaptureFixture[str]) -> None:
    assert release(pipeline, TESTED) == 0
    assert pipeline.executed[-3:] == ["Read the digests", "Verify", "Deploy"]
    assert f"on the image {DIGESTS['odoo']} here" in capfd.readouterr().out


def test_modules_of_the_change_are_not_imported_beside_the_key_nor_before_the_verification(pipeline: Runner) -> None:
    """One for each that Python, the gate or its libraries ask for; it is no reason to block the release either."""
    for name in IMPORTED:
        write(pipeline.root / f"{name}.py", THIEF)
    assert release(pipeline, TESTED) == 0
    assert not (pipeline.root / "STOLEN").exists()


@pytest.mark.parametrize(
    "text",
    [
        HONEST + "exit 0\n",
        "exit 0\n" + HONEST,
        HONEST.replace("ODOO=", "ODOO=$(touch STOLEN)"),
        HONEST.replace("\n", "; touch STOLEN\n"),
        HONEST + "odoo-gate() { true; }\n",
        HONEST + "PATH=.:$PATH\n",
        HONEST + "REDIS=sha256:" + "d" * 64 + "\n",
        HONEST.replace("ODOO=", "export ODOO="),
        HONEST.replace("a" * 64, "A" * 64),
        HONEST.replace("a" * 64, "a" * 63),
        HONEST.replace("\n", "\r\n"),
        HONEST.partition("\n")[2],
        "# nothing\n",
        "",
    ],
)
def test_what_is_no_digest_in_images_env_stops_with_a_next_step(
    pipeline: Runner, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (pipeline.root / IMAGES).write_bytes(text.encode())
    assert pipeline.run(DEPLOY, "deploy") == 1
    assert pipeline.executed[-1] == "Read the digests"
    assert not (pipeline.root / "STOLEN").exists()
    assert "next step: write ODOO=, POSTGRES= and REDIS=sha256:<64 hex digits>" in capfd.readouterr().err


def test_comments_empty_lines_and_another_order_are_honest(pipeline: Runner) -> None:
    lines = reversed(HONEST.splitlines(keepends=True))
    (pipeline.root / IMAGES).write_text("# what `rollback write` left; see $(touch STOLEN)\n\n" + "".join(lines))
    assert release(pipeline, TESTED) == 0
    assert not (pipeline.root / "STOLEN").exists()


def test_a_change_without_images_env_stops(pipeline: Runner) -> None:
    (pipeline.root / IMAGES).unlink()
    assert pipeline.run(DEPLOY, "deploy") == 1
    assert pipeline.executed[-1] == "Read the digests"


def test_a_policy_that_the_change_brings_along_is_not_the_one_that_counts(
    pipeline: Runner, capfd: pytest.CaptureFixture[str]
) -> None:
    """It gives a GO, without one test, and is signed; who deploys judges by a policy of their own."""
    (pipeline.root / "policy.toml").write_text(NEXT_TO_NOTHING)
    assert release(pipeline) == 5
    assert pipeline.executed[-1] == "Verify"
    said = capfd.readouterr().out
    assert "GO for production" in said
    assert "✗ policy" in said


@pytest.mark.parametrize("given", ["", "version = 1"], ids=["none", "not in base64"])
def test_without_a_policy_of_its_own_nothing_is_deployed(
    pipeline: Runner, given: str, capfd: pytest.CaptureFixture[str]
) -> None:
    runner = replace(pipeline, contexts={**pipeline.contexts, "secrets.ODOO_GATE_POLICY": given})
    assert release(runner, TESTED) == 2
    assert runner.executed[-1] == "Verify"
    assert "next step: base64 -w0 policy.toml | gh secret set ODOO_GATE_POLICY" in capfd.readouterr().err


def test_a_calendar_of_the_change_is_not_asked_either(pipeline: Runner, capfd: pytest.CaptureFixture[str]) -> None:
    """It lies beside the policy of who deploys, or nothing is deployed."""
    write(pipeline.root / "policy.toml", POLICY + FREEZE)
    write(pipeline.root / "closing.ics", NO_FREEZE_ANY_MORE)
    policy = base64.b64encode((POLICY + FREEZE).encode()).decode()
    runner = replace(pipeline, contexts={**pipeline.contexts, "secrets.ODOO_GATE_POLICY": policy})
    assert release(runner, TESTED) == 2
    assert runner.executed[-1] == "Verify"
    assert "next step: put it beside the policy that names it" in capfd.readouterr().err
    write(pipeline.root.parent / "closing.ics", NO_FREEZE_ANY_MORE)
    assert runner.run(DEPLOY, "deploy") == 0


# Steps to come: what would run a file of the checkout, in whichever template holds the key or decides.

TEMPLATES = sorted((ROOT / "ci-templates").rglob("*.yml"))
RUNS_THE_CHANGE = re.compile(
    r"""(?m)(^|[;&|({])\s*(\.|source)\s+\S       # sourced
    |\bpython[\d.]*\s+(?!-I\b)                   # Python with the current folder in its path, or a script of it
    |(^|[;&|({"'])\s*\./                         # a program of it
    |\b(make|npm|tox|pre-commit|pytest)\s        # what a file of it steers
    |\bpip\s+install\b.*\s(-r|-c|-e|\.)(\s|$)    # what it asks to be installed
    """,
    re.VERBOSE,
)


def shell(path: Path) -> list[str]:
    """Every line of shell in the jobs of a template that judge or deploy, its inputs' defaults among them."""
    header, *rest = yaml.safe_load_all(path.read_text())
    document = rest[0] if rest else header["jobs"]
    inputs = (header.get("spec") or (header.get(True) or {}).get("workflow_call") or {}).get("inputs", {})
    defaults = [str(each["default"]) for name, each in inputs.items() if name == "install"]
    jobs = [job for name, job in document.items() if "shard" not in name]
    steps = [step["run"] for job in jobs for step in job.get("steps", []) if "run" in step]
    scripts = [job.get(key) for job in jobs for key in ("before_script", "script")]
    return [*defaults, *steps, *(line for script in scripts if isinstance(script, list) for line in script)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_no_line_of_a_template_runs_a_file_of_the_checkout(path: Path) -> None:
    assert shell(path)
    assert not [line for line in shell(path) if RUNS_THE_CHANGE.search(line)]


@pytest.mark.parametrize(
    "line",
    [
        """count=$(python -c 'import json')""",
        ". deploy/production/images.env",
        "set -a; source x.env",
        "./deploy.sh",
        "pip install -r gate.txt",
        "python3 x.py",
    ],
)
def test_such_a_line_would_be_seen(line: str) -> None:
    assert RUNS_THE_CHANGE.search(line)


def test_no_script_of_the_pipelines_own_gets_between_in_the_job_that_holds_the_key() -> None:
    """GitLab runs a `default: before_script:` of the checkout in every job that does not refuse it."""
    *_, jobs = yaml.safe_load_all((ROOT / "ci-templates/gitlab/templates/gate.yml").read_text())
    judge = jobs["odoo-gate:judge"]
    assert (judge["before_script"], judge["after_script"]) == ([], [])
