"""What can be told to be missing before anything is built or started: one error now, not the same in every check."""

from __future__ import annotations

import importlib.util
from collections.abc import Collection
from pathlib import Path

from odoo_gate.addons import baseline_graph, baseline_root
from odoo_gate.data.production.anonymise import read_salt
from odoo_gate.data.spec import data_spec
from odoo_gate.errors import SettingsError, UsageError
from odoo_gate.recovery import read_key
from odoo_gate.settings import Settings

_NEED_DATA = frozenset({"contracts", "load", "migration", "recovery", "resilience", "security", "tenancy"})
"""Families whose checks work on data like production's."""

_TOOLS = {
    "load": ("load", ("locust",)),
    "resilience": ("load", ("locust",)),
    "security": ("security", ("bandit", "cyclonedx", "detect_secrets", "lxml", "pip_audit", "pylint_odoo")),
}
"""The extra that a family needs, and the packages it brings."""


def require_usable(settings: Settings, families: Collection[str]) -> None:
    """Look for what every check of `families` will ask for. Raises SettingsError, UsageError, AddonsError."""
    for family in families:
        _require_tools(family, *_TOOLS.get(family, ("", ())))
    if "contracts" in families and settings.contracts.calls:
        _require_tools("contracts.calls", "contracts", ("pact",))
    if settings.baseline is not None:
        baseline_graph(settings, baseline_root(settings), None)
    if _NEED_DATA.intersection(families):
        require_data(settings)
    if settings.data.dump and settings.migration.second_scale and "migration" in families:
        raise SettingsError(
            "gate.toml: migration.second_scale asks for generated data, and data.dump gives production's own",
            hint="take one of them out: a dump of production needs no prediction",
        )
    if "recovery" in families:
        recovery = settings.recovery
        read_key(settings.resolve(recovery.key_file) if recovery.key_file else None, recovery.key_variable)


def require_data(settings: Settings) -> None:
    """That data like production's can be made as `[data]` asks. Raises SettingsError, UsageError."""
    data = settings.data
    if data.dump:
        read_salt(settings)
        _require("data.dump", settings.resolve(data.dump))
        if data.filestore:
            _require("data.filestore", settings.resolve(data.filestore), or_folder=True)
        return
    for path in data_spec(settings).archetypes:
        _require("data.archetypes", path)


def _require_tools(family: str, extra: str, packages: Collection[str]) -> None:
    absent = [name for name in packages if importlib.util.find_spec(name) is None]
    if absent:
        raise UsageError(
            f"the checks of {family} need {', '.join(absent)}, not installed here",
            hint=f'pip install "odoo-gate[{extra}]"',
        )


def _require(key: str, path: Path, *, or_folder: bool = False) -> None:
    if path.is_file() or (or_folder and path.is_dir()):
        return
    variable = f"ODOO_GATE_{key.upper().replace('.', '__')}"
    raise SettingsError(
        f"{key} in gate.toml names {path}, which is not there",
        hint=f"put it there, correct gate.toml, or set {variable} to where it lies",
    )
