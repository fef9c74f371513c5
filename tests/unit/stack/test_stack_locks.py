from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_gate.stack.liveness import forget_dead_runs, is_alive, new_run_id, run_lock
from odoo_gate.stack.locks import FileLock

HOLD = """
import sys, time
from pathlib import Path
from odoo_gate.stack.locks import FileLock
lock = FileLock(Path(sys.argv[1]))
lock.shared()
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds `tmp_path/lock` shared."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_shared_locks_live_together_and_exclude_the_exclusive_one(tmp_path: Path) -> None:
    first, second, alone = (FileLock(tmp_path / "lock") for _ in range(3))
    first.shared()
    second.shared()
    assert not alone.try_exclusive()
    first.release()
    assert not alone.try_exclusive()
    second.release()
    assert alone.try_exclusive()
    alone.release()


def test_a_killed_process_holds_nothing(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    lock = FileLock(tmp_path / "lock")
    assert not lock.try_exclusive()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert lock.try_exclusive()
    lock.release()


def test_a_lock_whose_file_was_removed_meanwhile_is_taken_on_the_new_file(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    old, waiting, other = FileLock(path), FileLock(path), FileLock(path)
    old.exclusive()
    thread = threading.Thread(target=waiting.exclusive)
    thread.start()
    path.unlink()
    old.release()
    thread.join(timeout=10)
    assert waiting.held
    assert not other.try_exclusive(), "both would believe to be alone"
    waiting.release()


def test_one_object_is_not_locked_twice(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock") as lock, pytest.raises(RuntimeError, match="already locked"):
        lock.shared()


def test_a_run_is_alive_while_it_holds_its_lock(tmp_path: Path) -> None:
    lock = run_lock(tmp_path, "r1")
    assert not is_alive(tmp_path, "r1")
    lock.exclusive()
    assert is_alive(tmp_path, "r1")
    lock.release()
    assert not is_alive(tmp_path, "r1")


def test_only_dead_runs_are_forgotten(tmp_path: Path) -> None:
    with run_lock(tmp_path, "alive"):
        run_lock(tmp_path, "dead").__enter__().release()
        forget_dead_runs(tmp_path)
        assert [path.name for path in (tmp_path / "runs").iterdir()] == ["alive.lock"]


def test_run_ids_differ_and_fit_into_database_names() -> None:
    ids = {new_run_id() for _ in range(50)}
    assert len(ids) > 45
    assert all(len(f"b_{'0' * 16}_{run_id}") <= 63 and run_id.isalnum() for run_id in ids)
