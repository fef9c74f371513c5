"""The whole road on real containers: a checkout, `odoo-gate run`, `odoo-gate verify`; and nothing left behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_gate.policy import default_policy

pytestmark = pytest.mark.alone

GATE = [sys.executable, "-m", "odoo_gate"]
CLEAN = Path(__file__).parents[2] / "defects" / "corpus" / "clean"
GATE_TOML = """
[project]
name = "yard"
series = "19.0"
[database]
languages = ["en_US", "fr_FR"]
[policy]
file = "policy.toml"
[attest]
signing_key = "keys/gate.pem"
public_key = "keys/gate.pem.pub"
"""


def gate(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `odoo-gate` as a person would."""
    return subprocess.run(
        [*GATE, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def docker_objects() -> set[str]:
    """Everything Docker has: containers, networks, and volumes but those that hold the template store."""
    listings = (["ps", "--all", "--quiet"], ["network", "ls", "--quiet"], ["volume", "ls", "--quiet"])
    names = {
        name
        for listing in listings
        for name in subprocess.run(
            ["docker", *listing, "--no-trunc"] if listing[0] != "volume" else ["docker", *listing],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
    }
    return {name for name in names if not name.startswith("odoo-gate-store-")}


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Docker holds after the test what it held before."""
    before = docker_objects()
    yield
    assert docker_objects() - before == set()


def make_yard(root: Path) -> Path:
    """A small checkout with two sound addons, a policy of its own and a key."""
    shutil.copytree(CLEAN, root / "addons")
    (root / "gate.toml").write_text(GATE_TOML)
    rehearsals = re.compile(
        rb'^ *"(migration|recovery|security|tenancy)\..*\n', re.MULTILINE
    )  # they have tests of their own
    (root / "policy.toml").write_bytes(rehearsals.sub(b"", default_policy()))
    assert gate("keys", "new", "keys/gate.pem", cwd=root).returncode == 0
    return root


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A sound checkout that went through the gate."""
    yard = make_yard(tmp_path_factory.mktemp("yard"))
    before = docker_objects()
    done = gate("run", "-n", "2", cwd=yard)
    assert docker_objects() - before == set()
    return yard, done


def test_a_sound_release_is_go(judged: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    yard, done = judged
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "GO for production" in done.stdout
    run = yard / ".odoo-gate" / "runs" / "latest"
    for name in ("readiness.json", "readiness.sigstore.json", "readiness.dsse.json", "report.html", "junit.xml"):
        assert (run / name).stat().st_size > 0


def test_verify_accepts_it(judged: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    yard, _ = judged
    done = gate("verify", cwd=yard)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("GO: yard to production")


def change_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    "victim",
    [
        "addons/planted/models/thing.py",
        "policy.toml",
        ".odoo-gate/runs/latest/report.html",
        ".odoo-gate/runs/latest/readiness.json",
        ".odoo-gate/runs/latest/evidence.jsonl",
    ],
)
def test_verify_refuses_it_after_one_byte_changed(
    judged: tuple[Path, subprocess.CompletedProcess[str]], victim: str
) -> None:
    path = judged[0] / victim
    genuine = path.read_bytes()
    try:
        change_a_byte(path)
        done = gate("verify", cwd=judged[0])
    finally:
        path.write_bytes(genuine)
    assert done.returncode in (2, 5), done.stdout
    assert not done.stdout.startswith("GO")


@pytest.mark.usefixtures("nothing_left")
def test_a_failing_test_is_no_go(tmp_path: Path) -> None:
    yard = make_yard(tmp_path)
    test = yard / "addons" / "planted" / "tests" / "test_thing.py"
    test.write_text(test.read_text() + "\n    def test_that_fails(self):\n        self.fail('crane out of order')\n")
    done = gate("run", "-n", "2", cwd=yard)
    assert done.returncode == 1, done.stdout[-4000:]
    assert "crane out of order" in done.stdout
    assert gate("verify", cwd=yard).returncode == 1


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("seconds", [0.5, 3, 12])
def test_ctrl_c_leaves_nothing(tmp_path: Path, seconds: float) -> None:
    yard = make_yard(tmp_path)
    process = subprocess.Popen(
        [*GATE, "run", "-n", "2"],
        cwd=yard,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=120)
    at_start = (-signal.SIGINT,) if seconds < 1 else ()  # Python itself ends so while it imports; a shell says 130 too
    assert process.returncode in (130, *at_start), output
    bundles = list(yard.glob(".odoo-gate/runs/*/readiness.sigstore.json"))
    assert all('"GO"' not in bundle.with_name("readiness.json").read_text() for bundle in bundles)


def program_of(pid: int) -> int | None:
    """The session of pytest that the gate `pid` runs; None where there is none."""
    listing = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return next((int(line.split()[0]) for line in listing.stdout.splitlines() if "-m pytest" in line), None)


def started_by(pid: int | None) -> set[str]:
    """The names of the containers and networks that the process `pid` started and Docker still has."""
    mine = ["--filter", f"label=odoo-gate.pid={pid}", "--format"]
    listings = (["ps", "--all", *mine, "{{.Names}}"], ["network", "ls", *mine, "{{.Name}}"])
    return {
        name
        for listing in listings
        for name in subprocess.run(["docker", *listing], capture_output=True, text=True, check=True).stdout.split()
    }


def test_terminated_in_the_background_it_leaves_nothing(tmp_path: Path) -> None:
    """As a script starts it with `nohup` and `&`: SIGINT and SIGHUP are ignored, by whatever it starts too."""
    yard = make_yard(tmp_path)
    process = subprocess.Popen(
        ["sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh", *GATE, "run", "-n", "2"],
        cwd=yard,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 240
    program = None
    while not any("agent" in name for name in started_by(program)):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "no container after four minutes"
        time.sleep(0.2)
        program = program_of(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    os.killpg(process.pid, signal.SIGHUP)
    time.sleep(1)
    assert program_of(process.pid) == program, "it was told to ignore these"
    process.terminate()
    output, _ = process.communicate(timeout=400)
    assert process.returncode == 130, output
    assert started_by(program) == set()
    with pytest.raises(ProcessLookupError):
        os.kill(program or 0, 0)


def test_without_docker_it_says_what_to_do(tmp_path: Path) -> None:
    done = gate("run", cwd=make_yard(tmp_path), DOCKER_HOST="tcp://127.0.0.1:1")
    assert done.returncode == 4
    assert "next step" in done.stderr


def test_a_misspelt_key_is_a_usage_error(tmp_path: Path) -> None:
    yard = make_yard(tmp_path)
    (yard / "gate.toml").write_text(GATE_TOML.replace("languages", "langages"))
    done = gate("run", cwd=yard)
    assert done.returncode == 2
    assert "did you mean languages" in done.stderr


def test_a_key_of_somebody_else_is_refused(judged: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    yard, _ = judged
    assert gate("keys", "new", "other.pem", cwd=yard).returncode == 0
    done = gate("verify", "--key", "other.pem.pub", cwd=yard)
    assert done.returncode == 5
