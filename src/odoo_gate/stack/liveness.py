"""Which runs are alive: each holds a lock file of its own name for as long as its process lives."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path

from odoo_gate.stack.locks import FileLock


def new_run_id() -> str:
    """16 characters: the UTC second it was made in, then four random hex digits."""
    return f"{datetime.now(UTC):%y%m%d%H%M%S}{secrets.token_hex(2)}"


def run_lock(cache: Path, run_id: str) -> FileLock:
    """The lock that run `run_id` holds while it lives."""
    return FileLock(_folder(cache) / f"{run_id}.lock")


def is_alive(cache: Path, run_id: str) -> bool:
    """Whether the run's process still exists. A run that never took its lock here counts as dead."""
    if not (_folder(cache) / f"{run_id}.lock").exists():
        return False
    probe = run_lock(cache, run_id)
    if not probe.try_exclusive():
        return True
    probe.release()
    return False


def forget_dead_runs(cache: Path) -> None:
    """Remove the lock files of dead runs."""
    for path in _folder(cache).glob("*.lock"):
        probe = FileLock(path)
        if probe.try_exclusive():
            path.unlink(missing_ok=True)
            probe.release()


def _folder(cache: Path) -> Path:
    return cache / "runs"
