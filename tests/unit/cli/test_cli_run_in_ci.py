"""`odoo-gate run` in CI: the real command, on a machine whose Docker engine does not answer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from odoo_gate.attest.keys import new_signer, write_key_pair
from odoo_gate.errors import ExitCode

SIGNS_BESIDE_THE_RELEASE = "the release can reach it"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    (root / "addons").mkdir(parents=True)
    (root / "gate.toml").write_text(
        '[project]\nname = "P"\nseries = "19.0"\n[policy]\nfile = "policy.toml"\n[attest]\nsigning_key = "gate.key"\n'
    )
    (root / "policy.toml").write_text('version = 1\n[environments.production]\ndemands = ["run.complete"]\n')
    write_key_pair(new_signer(), root / "gate.key")
    return root


def run(root: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        [sys.executable, "-m", "odoo_gate", "run", *options],
        cwd=root,
        env={**inherited, "DOCKER_HOST": "tcp://127.0.0.1:1", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("options", [(), ("--quiet",), ("--json",)])
def test_who_signs_beside_the_release_is_told_what_to_do_and_the_run_goes_on(
    project: Path, options: tuple[str, ...]
) -> None:
    done = run(project, *options, CI="true")
    assert SIGNS_BESIDE_THE_RELEASE in done.stderr
    assert "next step: run it without the key and with --only, and let a later job sign: odoo-gate judge" in done.stderr
    assert SIGNS_BESIDE_THE_RELEASE not in done.stdout
    assert "Docker" in done.stderr  # it went on to what it needs next
    assert done.returncode == ExitCode.INFRASTRUCTURE


@pytest.mark.parametrize(
    ("options", "variables"),
    [((), {}), ((), {"CI": ""}), (("--only", "modules"), {"CI": "true"})],
    ids=["a laptop", "CI is empty", "a shard signs nothing"],
)
def test_nobody_else_is_warned(project: Path, options: tuple[str, ...], variables: dict[str, str]) -> None:
    done = run(project, *options, **variables)
    assert SIGNS_BESIDE_THE_RELEASE not in done.stderr
    assert done.returncode == ExitCode.INFRASTRUCTURE
