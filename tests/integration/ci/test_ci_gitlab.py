"""The GitLab components, executed: a GO deploys, and nothing else does."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from yard import BIN, ROOT, commit, leak_a_secret, make_project

TEMPLATES = ROOT / "ci-templates" / "gitlab" / "templates"
RUNNER = ROOT / "tests" / "ci" / "node_modules" / "gitlab-ci-local" / "dist" / "index.js"


@dataclass
class Pipeline:
    """A project with its pipeline, and the file that is there once it was deployed."""

    root: Path
    marker: Path

    def write_pipeline(self, gate: dict[str, object], **jobs: object) -> None:
        inputs = {"shards": ["parity"], "shard_count": 1, "install": "true"} | gate
        document = {
            "stages": ["test", "deploy"],
            "include": [
                {"local": "ci/gate.yml", "inputs": inputs},
                {"local": "ci/deploy.yml", "inputs": {"install": "true", "script": [f"touch {self.marker}"]}},
            ],
            **jobs,
        }
        (self.root / ".gitlab-ci.yml").write_text(yaml.safe_dump(document, sort_keys=False))

    def run(self) -> subprocess.CompletedProcess[str]:
        commit(self.root)
        key = self.root.parent / "gate.pem"
        variables = {
            "ODOO_GATE_SIGNING_KEY": key,
            "ODOO_GATE_PUBLIC_KEY": f"{key}.pub",
            "ODOO_GATE_POLICY": self.root / "policy.toml",
        }
        given = [word for name, value in variables.items() for word in ("--variable", f"{name}={value}")]
        return subprocess.run(
            [BIN / "node", RUNNER, "--shell-executor-no-image", "--shell-isolation", *given],
            cwd=self.root,
            env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Pipeline]:
    def made(*demands: str) -> Pipeline:
        pipeline = Pipeline(tmp_path / "yard", tmp_path / "deployed")
        make_project(pipeline.root, *demands)
        shutil.copytree(TEMPLATES, pipeline.root / "ci")
        pipeline.write_pipeline({})
        return pipeline

    return made


def stopped(pipeline: Pipeline, done: subprocess.CompletedProcess[str]) -> str:
    """What the pipeline printed, once it is sure that nothing was deployed."""
    output = done.stdout + done.stderr
    assert done.returncode != 0, output
    assert not pipeline.marker.exists(), output
    return output


def test_a_go_deploys(make: Callable[..., Pipeline]) -> None:
    pipeline = make()
    done = pipeline.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "GO: yard to production" in done.stdout
    assert pipeline.marker.exists()


def test_a_no_go_stops(make: Callable[..., Pipeline]) -> None:
    pipeline = make()
    leak_a_secret(pipeline.root)
    output = stopped(pipeline, pipeline.run())
    assert "NO-GO for production" in output
    assert "way out" in output


def test_what_was_not_asked_stops(make: Callable[..., Pipeline]) -> None:
    pipeline = make("recovery.restore")
    output = stopped(pipeline, pipeline.run())
    assert "INCONCLUSIVE for production" in output
    assert "recovery.restore" in output


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"shard_count": 2}, "1 shards are given and 2 must be there"),
        ({"install": 'test "$CI_JOB_STAGE" = deploy'}, "is not the folder of a run"),
    ],
    ids=["one left out", "one that died"],
)
def test_a_shard_without_evidence_stops(
    make: Callable[..., Pipeline], inputs: dict[str, object], sentence: str
) -> None:
    pipeline = make()
    pipeline.write_pipeline(inputs)
    assert sentence in stopped(pipeline, pipeline.run())


TAMPERINGS: dict[str, Callable[[str], str]] = {
    "the report": lambda folder: f"sed -i s/production/PRODUCTION/ {folder}/report.html",
    "the evidence": lambda folder: f"echo >> {folder}/shards/1/evidence-rehearsals.jsonl",
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_tampered_artefact_stops(make: Callable[..., Pipeline], what: str) -> None:
    pipeline = make()
    needs = [{"job": "odoo-gate:judge", "artifacts": True}]
    tamper = {
        "stage": "deploy",
        "needs": needs,
        "script": [TAMPERINGS[what](".odoo-gate/verdict")],
        "artifacts": {"paths": [".odoo-gate/verdict/"]},
    }
    pipeline.write_pipeline(
        {}, tamper=tamper, **{"odoo-gate:deploy": {"needs": [{"job": "tamper", "artifacts": True}]}}
    )
    assert "REFUSED" in stopped(pipeline, pipeline.run())


def test_a_cache_that_another_job_wrote_reaches_no_job_of_the_gate(make: Callable[..., Pipeline]) -> None:
    """A `default: cache:` of the pipeline: a job that runs anybody's code fills it, an ordinary job gets it."""
    pipeline = make()
    seen = pipeline.root.parent / "seen"
    pipeline.write_pipeline(
        {},
        default={"cache": {"key": "shared", "paths": ["poison/"]}},
        poisoner={"stage": "test", "script": ["mkdir -p poison", "touch poison/pip.conf"]},
        ordinary={"stage": "deploy", "needs": ["poisoner"], "script": [f"test -e poison/pip.conf && touch {seen}"]},
        **{
            "odoo-gate:deploy": {
                "needs": [{"job": "odoo-gate:judge", "artifacts": True}, {"job": "ordinary"}],
                "script": [f"test ! -e poison && touch {pipeline.marker}"],
            }
        },
    )
    done = pipeline.run()
    assert seen.exists(), done.stdout + done.stderr
    assert pipeline.marker.exists(), done.stdout + done.stderr


def test_every_job_of_the_gate_refuses_a_cache() -> None:
    for path in TEMPLATES.glob("*.yml"):
        *_, jobs = yaml.safe_load_all(path.read_text())
        for name, job in jobs.items():
            assert job.get("cache") == [] or job.get("extends") == ".odoo-gate:verified", name
