"""Finds the run that a command speaks of when nobody names one."""

from __future__ import annotations

from pathlib import Path

from odoo_gate.cli.projects import find_project
from odoo_gate.errors import UsageError
from odoo_gate.judgement.run_folders import LATEST, runs_folder


def latest_run(project: Path | None) -> Path:
    """The folder of the newest judged run of the project in `project`, or of the one found from here upwards.

    Raises UsageError when there is no project, or none of its runs was judged.
    """
    settings = find_project(project)
    if settings is None:
        raise UsageError("no run is named, and no project is here", hint="give its folder, or --project DIR")
    latest = runs_folder(settings.root) / LATEST
    if not latest.exists():
        raise UsageError(f"{settings.root} has no judged run", hint="run the gate: odoo-gate run")
    return latest.resolve()
