"""Where a project keeps its runs: `.odoo-gate/runs/<id>`, and `latest`, which points to the newest."""

from __future__ import annotations

import tempfile
from pathlib import Path

from odoo_gate.errors import InfrastructureError, UsageError
from odoo_gate.stack.liveness import new_run_id

LATEST = "latest"


def runs_folder(root: Path) -> Path:
    """The folder of all runs of the project at `root`."""
    return root / ".odoo-gate" / "runs"


def new_run_folder(root: Path, named: Path | None) -> Path:
    """The folder a new run of the project at `root` shall have: `named`, or one beside its earlier runs.

    Raises UsageError when `named` exists: two runs in one folder would be taken for one.
    """
    if named is None:
        return runs_folder(root) / new_run_id()
    if named.exists():
        raise UsageError(f"{named} exists already", hint="name a folder that is not there yet")
    return named.resolve()


def point_latest(run_folder: Path) -> Path:
    """Make `latest` beside `run_folder` point to it, in one step. Raises InfrastructureError."""
    latest = run_folder.parent / LATEST
    try:
        with tempfile.TemporaryDirectory(prefix=".latest-", dir=run_folder.parent) as scratch:
            link = Path(scratch) / LATEST
            link.symlink_to(run_folder.name, target_is_directory=True)
            link.replace(latest)
    except OSError as error:
        raise InfrastructureError(
            f"{latest} cannot be pointed to {run_folder.name}: {error.strerror}",
            hint=f"if {latest} is a folder, remove it",
        ) from error
    return latest
