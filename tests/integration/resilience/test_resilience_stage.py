"""What drills rest on, on one real stack: who breaks off leaves nothing undone; crons pause and resume by command."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path

import pytest

from odoo_gate.odoo.rpc import ADMIN, login
from odoo_gate.odoo.testbed import open_testbed
from odoo_gate.resilience import (
    CUT_CLIENT,
    DATABASE_CRASH,
    INGRESS_RESTART,
    ODOO_KILL,
    SLOW_DATABASE,
    Fault,
    Stage,
    degraded_mode,
    disk_full,
    redis_loss,
    staged,
)
from odoo_gate.settings import load_settings
from odoo_gate.settings.resilience import DegradedMode
from odoo_gate.stack.archive import Upload
from odoo_gate.stack.container import ContainerSpec
from odoo_gate.stack.images import run_reference
from odoo_gate.stack.odoo_processes import kill_busy_worker, kill_cron_workers, odoo_processes
from odoo_gate.stack.run import Run, new_run_id
from odoo_gate.traffic import Person

MANIFEST = '{"name": "Tiny", "version": "19.0.1.0.0", "license": "LGPL-3", "depends": ["web"], "data": ["crons.xml"]}'
CRON = """<record id="{0}" model="ir.cron"><field name="name">Tiny: {0}</field>
<field name="model_id" ref="base.model_res_partner"/><field name="state">code</field><field name="code">pass</field>
<field name="interval_number">1</field><field name="interval_type">days</field></record>"""
CRONS = f"<odoo>{CRON.format('one')}{CRON.format('other')}</odoo>"
ESSENTIAL = "base.autovacuum_job"
HEALED_WITHIN = 90.0
PEOPLE = (Person(ADMIN, ADMIN, "admin", 1),)
FAULTS = {
    fault.drill: fault
    for fault in (
        ODOO_KILL, DATABASE_CRASH, SLOW_DATABASE, CUT_CLIENT, INGRESS_RESTART, redis_loss(PEOPLE, uses_redis=False),
    )
}  # fmt: skip
ODOO = """
import os, socket, sys, threading, time
listener = socket.create_server(("0.0.0.0", 8069))
if os.fork():
    if not os.fork():
        listener.close()
        time.sleep(600)
    os.wait()
    os.wait()
def burn():
    while True:
        pass
threading.Thread(target=burn, daemon=True).start()
while not os.path.exists("/tmp/serve"):
    time.sleep(0.05)
asking = socket.create_connection(("127.0.0.1", 8069))
serving = listener.accept()
time.sleep(600)
"""
"""A master, an HTTP worker that is always busy and serves nobody until it is told to, and a cron worker."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with Run(new_run_id(), tmp_path_factory.mktemp("resilience") / "run", print) as run:
        yield run


@pytest.fixture(scope="module")
def stage(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    root = tmp_path_factory.mktemp("tiny")
    (root / "addons/tiny").mkdir(parents=True)
    (root / "addons/tiny/__manifest__.py").write_text(MANIFEST)
    (root / "addons/tiny/__init__.py").write_text("")
    (root / "addons/tiny/crons.xml").write_text(CRONS)
    (root / "gate.toml").write_text('[project]\nname = "Tiny"\nseries = "19.0"\n')
    testbed = open_testbed(load_settings(root, {}), run, print)
    with (
        testbed.clone(testbed.exact_template(testbed.candidate, "tiny")) as clone,
        staged(testbed, testbed.candidate, clone) as stage,
    ):
        yield stage


def wounds_that_stay(stage: Stage) -> list[str]:
    deadline = time.monotonic() + HEALED_WITHIN
    while (wounds := list(stage.wounds())) and time.monotonic() < deadline:
        time.sleep(0.2)
    return wounds


def crons(stage: Stage) -> Mapping[int, bool]:
    with stage.connected() as connection:
        return dict(connection.execute("SELECT id, active FROM ir_cron").fetchall())


def command(stage: Stage, *words: str) -> subprocess.CompletedProcess[str]:
    address = stage.postgres_address
    where = {
        "PGHOST": address.host, "PGPORT": str(address.port), "PGUSER": address.user, "PGPASSWORD": address.password,
        "PGDATABASE": stage.database,
    }  # fmt: skip
    argv = [sys.executable, "-m", "odoo_gate", "crons", *words]
    return subprocess.run(argv, env={**os.environ, **where}, capture_output=True, text=True, check=False, timeout=60)


def break_off(stage: Stage, fault: Fault) -> None:
    """Somebody presses Ctrl-C while the fault lasts."""
    with fault.setting(stage) if fault.setting else nullcontext(), fault.strike(stage):
        raise KeyboardInterrupt


@pytest.mark.parametrize("drill", sorted(FAULTS))
def test_a_drill_that_breaks_off_is_undone(drill: str, stage: Stage) -> None:
    with pytest.raises(KeyboardInterrupt):
        break_off(stage, FAULTS[drill])
    assert wounds_that_stay(stage) == []


def test_degraded_mode_that_breaks_off_is_undone(stage: Stage) -> None:
    before = crons(stage)
    with pytest.raises(KeyboardInterrupt):
        break_off(stage, degraded_mode(DegradedMode(essential=(ESSENTIAL,)), Path("/")))
    assert crons(stage) == before
    assert command(stage, "resume").returncode == 2, "nothing is left that counts as paused"


def test_a_full_disk_that_breaks_off_is_undone(stage: Stage) -> None:
    before = stage.release.agent.files_checksums(stage.database)
    with pytest.raises(KeyboardInterrupt):
        break_off(stage, disk_full())
    assert stage.release.agent.files_checksums(stage.database).items() >= before.items()
    assert login(stage.server).execute("ir.attachment", "create", {"name": "x", "datas": "aGVsbG8="})


def test_crons_pause_and_resume_by_command(stage: Stage) -> None:
    before = crons(stage)
    with stage.connected() as connection:
        off = connection.execute(
            "UPDATE ir_cron SET active = false WHERE id = (SELECT max(id) FROM ir_cron) RETURNING id"
        )
        switched_off = off.fetchall()[0][0]
        essential = connection.execute(
            "SELECT res_id FROM ir_model_data WHERE module || '.' || name = %s", [ESSENTIAL]
        ).fetchall()[0][0]
    try:
        wrong = command(stage, "pause", "--except", "base.no_such_job")
        assert wrong.returncode == 2
        assert "base.no_such_job" in wrong.stderr
        assert crons(stage) == {**before, switched_off: False}, "a wrong command changes nothing"

        paused = command(stage, "pause", "--except", ESSENTIAL)
        assert paused.returncode == 0, paused.stderr
        assert {number for number, active in crons(stage).items() if active} == {essential}
        again = command(stage, "pause", "--except", ESSENTIAL)
        assert again.returncode == 0
        assert "0 paused" in again.stderr

        resumed = command(stage, "resume")
        assert resumed.returncode == 0, resumed.stderr
        assert sorted(resumed.stdout.splitlines()) == sorted(paused.stdout.splitlines())
        assert crons(stage) == {**before, switched_off: False}, "what somebody had switched off stays off"
        assert command(stage, "resume").returncode == 2
    finally:
        with stage.connected() as connection:
            connection.execute("UPDATE ir_cron SET active = %s WHERE id = %s", [before[switched_off], switched_off])


def test_only_a_worker_that_serves_somebody_is_killed_and_no_other_stays_stopped(run: Run, stage: Stage) -> None:
    image = run_reference(stage.release.test_image)
    upload = Upload((("/odoo.py", ODOO.encode()),))
    spec = ContainerSpec(
        name="processes", image=image, command=("/odoo.py",), upload=upload, options={"entrypoint": ["python3"]}
    )
    container = run.start(spec)
    try:
        container.wait_until(lambda: len(odoo_processes(container)) == 3, what="having its workers", timeout=60)
        before = odoo_processes(container)
        worker = next(each.pid for each in before if each.role == "http")
        assert kill_busy_worker(container, 1.5) is None
        after = odoo_processes(container)
        assert [each.pid for each in after] == [each.pid for each in before]
        assert not any(each.is_stopped for each in after), "it was stopped to be looked at, and goes on"
        container.execute("kill", "-STOP", str(worker))
        assert [each.pid for each in odoo_processes(container) if each.is_stopped] == [worker]
        container.execute("kill", "-CONT", str(worker))

        container.execute("touch", "/tmp/serve")
        asked = time.time()
        killed = kill_busy_worker(container, 60)
        assert killed is not None
        assert killed[0] == worker
        assert asked <= killed[1] <= time.time()
        assert [each.role for each in odoo_processes(container)] == ["master", "cron"]

        count, _ = kill_cron_workers(container)
        assert count == 1
    finally:
        run.stop(container)
