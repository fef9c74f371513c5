"""What the code tells about itself, by the name that a page calls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from references.catalogue import checks, families_table, invariants
from references.cli import command_line, exit_statuses
from references.tables import gate_toml, policy

SOURCES: Mapping[str, Callable[[], str]] = {
    "checks": cache(checks),
    "families": cache(families_table),
    "invariants": cache(invariants),
    "command line": cache(command_line),
    "exit statuses": cache(exit_statuses),
    "gate.toml": cache(gate_toml),
    "policy": cache(policy),
}
