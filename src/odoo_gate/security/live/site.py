"""A disposable copy of a release's database with a user for every role: what the live checks try things out on."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from odoo_gate.errors import SettingsError
from odoo_gate.model import Say
from odoo_gate.odoo.rpc import ADMIN
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.settings import RolesSettings
from odoo_gate.stack.odoo_server import OdooServer

INSIDE = Path(__file__).parent / "inside"

PUBLIC = "public"
_STANDARD: Mapping[str, tuple[str, ...]] = {"portal": ("base.group_portal",), "employee": ("base.group_user",)}
"""Roles of every Odoo, besides `public` (nobody logged in) and `admin`; gate.toml may say otherwise."""


def roles_of(settings: RolesSettings) -> dict[str, tuple[str, ...]]:
    """Role → XML ids of its groups: those of gate.toml and the ones every Odoo has, but not public and admin."""
    return {**_STANDARD, **{name: settings.groups(name) or () for name in settings.names}}


@dataclass
class Site:
    """A clone of a release with production-like data, and the ids of the users of its roles.

    `server` is Odoo on that clone, started when first asked for.
    """

    testbed: Testbed
    release: Release
    database: str
    users: Mapping[str, int]
    missing: Mapping[str, Sequence[str]]
    """Roles without a user, and the groups that this release does not have."""
    password: str
    say: Say

    @cached_property
    def server(self) -> OdooServer:
        return self.testbed.start_server(self.release, self.database)

    def ask(self, script: str, function: str, arguments: Mapping[str, Any]) -> Any:
        """What `function` of a script of this room says inside Odoo. Raises AgentError, ReleaseFailure."""
        agent = self.release.agent
        return agent.run_script(self.database, INSIDE / script, function, arguments, say=self.say).result

    def credentials(self, role: str) -> tuple[str, str]:
        """Login and password of a role's user."""
        return (ADMIN, ADMIN) if role == ADMIN else (f"odoo-gate-{role}", self.password)

    @property
    def own(self) -> list[str]:
        """The release's own modules."""
        return sorted(self.release.graph.own)

    def close(self) -> None:
        if "server" in self.__dict__:
            self.testbed.stop_server(self.server)


@contextmanager
def open_site(
    testbed: Testbed,
    release: Release,
    template: Template,
    roles: Mapping[str, Sequence[str]],
    say: Say,
    *,
    must_have_roles: bool = True,
) -> Iterator[Site]:
    """A site on a clone of `template`, gone at the end of the block.

    Raises SettingsError for a role with a group that does not exist, unless the release may lack it (a baseline).
    """
    password = secrets.token_urlsafe(12)
    with testbed.clone(template, release) as clone:
        arguments = {"roles": {role: list(groups) for role, groups in roles.items()}, "password": password}
        made = release.agent.run_script(clone.database, INSIDE / "roles.py", "prepare", arguments, say=say).result
        if must_have_roles:
            _require_groups(made["missing"])
        site = Site(testbed, release, clone.database, made["users"], made["missing"], password, say)
        try:
            yield site
        finally:
            site.close()


def _require_groups(missing: Mapping[str, Sequence[str]]) -> None:
    if not missing:
        return
    told = "; ".join(f"{role} names {', '.join(groups)}" for role, groups in sorted(missing.items()))
    raise SettingsError(f"[roles] {told}: no such group", hint="correct [roles] in gate.toml: XML ids of groups")
