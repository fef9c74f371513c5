"""scripts/ensure-docker.sh: what it does when there is nothing to do, and what it says when it must not do it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "ensure-docker.sh"


def run(tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """With `docker` and `debootstrap` of the test's own first in PATH."""
    path = f"{tmp_path}:{os.environ['PATH']}"
    return subprocess.run(
        [str(SCRIPT)], env=os.environ | {"PATH": path} | env, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    for name, status in (("docker", 0), ("debootstrap", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {status}\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def test_an_engine_that_answers_is_left_alone(programs: Path) -> None:
    done = run(programs)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_engine_named_by_the_user_is_never_replaced(programs: Path) -> None:
    (programs / "docker").write_text("#!/bin/sh\nexit 1\n")
    done = run(programs, DOCKER_HOST="tcp://127.0.0.1:1")
    assert done.returncode == 4
    assert "no Docker engine answers at DOCKER_HOST=tcp://127.0.0.1:1" in done.stderr
    assert "next step: start that engine, or unset DOCKER_HOST" in done.stderr
