"""Which modules an upgrade names: `odoo -u <what changed> -i <what is new>`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import psycopg

from odoo_gate.addons import AddonGraph

_INSTALLED = "SELECT name FROM ir_module_module WHERE state IN ('installed', 'to upgrade')"


@dataclass(frozen=True, slots=True)
class UpgradePlan:
    """Modules to update and to install, sorted; `missing` are installed ones the candidate does not have."""

    update: tuple[str, ...]
    install: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """Odoo's command line."""
        named = []
        if self.update:
            named += ["-u", ",".join(self.update)]
        if self.install:
            named += ["-i", ",".join(self.install)]
        return (*named, "--stop-after-init", "--no-http")


def installed_modules(connection: psycopg.Connection) -> frozenset[str]:
    return frozenset(name for (name,) in connection.execute(_INSTALLED))


def plan_upgrade(installed: Collection[str], baseline: AddonGraph, candidate: AddonGraph) -> UpgradePlan:
    """What turns a database of `baseline` with `installed` modules into one of `candidate`.

    Modules whose content differs are updated, whoever brings them; those the candidate needs beyond the installed
    ones are installed. A release that changes nothing updates all of its own modules.
    Raises AddonsError when a dependency is missing.
    """
    known = [name for name in installed if name in candidate.addons]
    changed = sorted(name for name in known if _differs(name, baseline, candidate))
    new = sorted(set(candidate.closure(candidate.own)) - set(installed))
    if not changed and not new:
        changed = sorted(set(candidate.own) & set(installed))
    return UpgradePlan(tuple(changed), tuple(new), tuple(sorted(set(installed) - set(known))))


def _differs(name: str, baseline: AddonGraph, candidate: AddonGraph) -> bool:
    return name not in baseline.addons or baseline.digest(name) != candidate.digest(name)
