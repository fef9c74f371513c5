"""Finds the project a command speaks of."""

from __future__ import annotations

import os
from pathlib import Path

from odoo_gate.errors import UsageError
from odoo_gate.settings import GATE_TOML, Settings, find_gate_toml, load_settings


def open_project(given: Path | None) -> Settings:
    """The settings of the project in `given`, or of the nearest gate.toml above the current folder.

    Raises UsageError when there is none, SettingsError when it cannot be used.
    """
    settings = find_project(given)
    if settings is None:
        raise UsageError(
            f"no {GATE_TOML} in {Path.cwd()} or above",
            hint="give --project DIR, or write one: odoo-gate init",
        )
    return settings


def find_project(given: Path | None) -> Settings | None:
    """Like `open_project`, but None when no project is named and none is found."""
    if given is not None:
        if not (given / GATE_TOML).is_file():
            raise UsageError(f"there is no {GATE_TOML} in {given}", hint="write one: odoo-gate init")
        return load_settings(given.resolve(), os.environ)
    found = find_gate_toml(Path.cwd())
    return load_settings(found.parent, os.environ) if found else None
