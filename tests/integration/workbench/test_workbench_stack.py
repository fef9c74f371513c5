"""A developer's evening: a test fails, its database is looked at, the test mended under `watch`; nothing is left."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[3]
CLEAN = ROOT / "tests" / "defects" / "corpus" / "clean"
GATE = [sys.executable, "-m", "odoo_gate"]
GATE_TOML = """
[project]
name = "yard"
series = "19.0"
[roles]
clerk = ["base.group_user"]
"""
TEST = """

class TestBroken(TransactionCase):
    def test_greeting(self):
        self.assertEqual(self.env["res.users"].browse(1).id, 2, "crane out of order")
"""
TEST_FILE = Path("addons/planted/tests/test_thing.py")


def gate(*arguments: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*GATE, *arguments], cwd=cwd, input=stdin, capture_output=True, text=True, check=False, timeout=300
    )


def containers_of(pid: int) -> list[str]:
    """What the process `pid` started and Docker still has."""
    listings = (["ps", "--all", "--quiet"], ["network", "ls", "--quiet"])
    found = [
        subprocess.run(
            ["docker", *listing, "--filter", f"label=odoo-gate.pid={pid}"], capture_output=True, text=True, check=True
        ).stdout.split()
        for listing in listings
    ]
    return [name for names in found for name in names]


def holder_of(project: Path) -> int:
    """The process that holds the project's stack."""
    listing = subprocess.run(["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    (pid,) = [
        int(line.split()[0])
        for line in listing.splitlines()
        if "-m odoo_gate.workbench" in line and str(project) in line
    ]
    return pid


def keeps_to(schema: str, text: str) -> dict[str, object]:
    document = json.loads(text)
    rules = json.loads((ROOT / "docs" / "schemas" / f"{schema}.v1.schema.json").read_text())
    assert [error.message for error in Draft202012Validator(rules).iter_errors(document)] == []
    return dict(document)


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("yard").resolve()
    shutil.copytree(CLEAN, root / "addons")
    (root / "gate.toml").write_text(GATE_TOML)
    yield root
    gate("down", cwd=root)


def test_what_is_not_up_says_how_to_bring_it_up(yard: Path) -> None:
    for command in (["shell"], ["shell", "--psql"]):
        done = gate(*command, cwd=yard)
        assert done.returncode == 2
        assert "next step: odoo-gate up" in done.stderr
    done = gate("up", "--check", "migration.trial-balance", "--json", cwd=yard)
    assert done.returncode == 2
    assert "odoo-gate run --keep-stack --only migration" in str(keeps_to("error", done.stdout)["hint"])
    assert gate("down", cwd=yard).stdout == "no stack was up\n"


def test_the_stack_of_a_failed_test(yard: Path) -> None:
    """Kept by pytest, brought up with logins, a shell and psql; a second one is told; a killed holder is swept."""
    test = yard / TEST_FILE
    sound = test.read_text()
    test.write_text(sound + TEST)
    try:
        failed = subprocess.run(
            [sys.executable, "-m", "pytest", "--odoo-gate-keep", "-k", "test_greeting and Broken"],
            cwd=yard, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
    finally:
        test.write_text(sound)
    assert re.search(
        r"rerun: (pytest|\S+ -m pytest) addons/planted/tests/test_thing.py::TestBroken::test_greeting\n", failed.stdout
    )
    look = re.search(r"look:  odoo-gate up --check (\S+)", failed.stdout)
    assert look, failed.stdout

    done = gate("up", "--check", look[1], "--json", cwd=yard)
    assert done.returncode == 0, done.stderr
    stack = keeps_to("up", done.stdout)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{stack['url']}/web/login") as answer:
        assert answer.status == 200
    people = {each["role"]: each for each in stack["people"]}  # type: ignore[attr-defined]
    assert people.keys() == {"admin", "clerk"}
    with psycopg.connect(str(stack["dsn"])) as connection:
        assert connection.execute("SELECT count(*) FROM res_users WHERE login = 'clerk'").fetchone() == (1,)

    again = keeps_to("up", gate("up", "--check", look[1], "--json", cwd=yard).stdout)
    assert (again["already"], again["database"]) == (True, stack["database"])
    other = gate("up", cwd=yard)
    assert other.returncode == 2
    assert "odoo-gate down" in other.stderr
    shell = gate("shell", "--", "--log-level=error", cwd=yard, stdin="print('in', env.cr.dbname)\n")
    assert f"in {stack['database']}" in shell.stdout, shell.stderr
    sql = gate("shell", "--psql", "--", "-tAc", "SELECT current_database()", cwd=yard)
    assert sql.stdout.strip() == stack["database"], sql.stderr
    doctor = gate("doctor", "--json", cwd=yard)
    assert str(stack["url"]) in json.dumps(keeps_to("doctor", doctor.stdout))

    holder = holder_of(yard)
    assert containers_of(holder)
    os.kill(holder, signal.SIGKILL)
    assert keeps_to("down", gate("down", "--json", cwd=yard).stdout) == {
        "version": 1, "stood": False, "kept_databases": 1,
    }  # fmt: skip
    assert containers_of(holder) == []
    assert gate("up", "--check", look[1], cwd=yard).returncode == 2


def test_ctrl_c_while_it_comes_up_leaves_nothing_and_down_ends_what_stands(yard: Path) -> None:
    process = subprocess.Popen([*GATE, "up"], cwd=yard, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr is not None
    said = next(line for line in process.stderr if "starting" in line)
    holder = holder_of(yard)
    os.killpg(process.pid, signal.SIGINT)
    _, rest = process.communicate(timeout=120)
    assert process.returncode == 130, said + rest
    assert containers_of(holder) == []

    assert gate("up", "-q", cwd=yard).returncode == 0
    holder = holder_of(yard)
    down = gate("down", cwd=yard)
    assert down.stdout == "the stack is down\n"
    assert containers_of(holder) == []


class Watching:
    """`odoo-gate watch` as it goes on: what it printed, by line."""

    def __init__(self, project: Path) -> None:
        self.process = subprocess.Popen(
            [*GATE, "watch"],
            cwd=project,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def until(self, word: str, seconds: float = 180.0) -> str:
        """Everything since the last call, up to a line that holds `word`."""
        deadline = time.monotonic() + seconds
        while not any(word in line for line in self._lines):
            assert time.monotonic() < deadline, self._lines
            assert self.process.poll() is None, self._lines
            time.sleep(0.1)
        said, self._lines = self._lines, []
        return "".join(said)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(line)


@contextmanager
def watching(project: Path) -> Iterator[Watching]:
    watch = Watching(project)
    try:
        yield watch
    finally:
        if watch.process.poll() is None:
            os.killpg(watch.process.pid, signal.SIGINT)
        watch.process.wait(120)


def test_watch_asks_what_a_saved_file_touches(yard: Path) -> None:
    test = yard / TEST_FILE
    with watching(yard) as watch:
        watch.until("ready:")
        test.write_text(test.read_text() + TEST)
        said = watch.until("done in")
        assert "planted changed, asking planted\n" in said
        assert "crane out of order" in said
        test.write_text(test.read_text().replace(".id, 2,", ".id, 1,"))
        said = watch.until("done in")
        assert "failed" not in said
        assert re.search(r"^\d+ passed", said, re.MULTILINE)
    assert watch.process.returncode == 0
    assert containers_of(watch.process.pid) == []
