"""What the caller is about to deploy, and one thing that was looked at because of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from odoo_gate.attest.record import Record
from odoo_gate.attest.statement import ReleaseV1, sha256
from odoo_gate.attest.trust import Trust
from odoo_gate.errors import GateError
from odoo_gate.policy import EnvironmentRules, load_policy


@dataclass(frozen=True, slots=True)
class Source:
    """The state of a checkout: its commit (empty outside git) and whether files differ from it."""

    commit: str
    dirty: bool = False


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the caller is about to deploy, and by which policy it is judged; None: the caller did not say.

    `images` maps a role to its digest, `sha256:<64 hex>`. `max_age` is counted from the run's first check. `calendars`
    maps the name of each calendar of the policy to its text as it is now. `approvals` are bundles of those whom `trust`
    knows; `authors` are the names or addresses of those who made the change or started the run: they may not approve.
    `record` knows earlier verdicts, and is told of this verification. `configuration` lists the files of gate.toml;
    `promotions` are run folders or bundles of environments before this one, whose approvals are among `approvals` too;
    `overrides` are bundles of people who answer for no GO.
    `byte_code` names what lies among the addons and is in no listing, though Python would run it.
    """

    environment: str | None = None
    policy: bytes | None = None
    addons_listing: bytes | None = None
    source: Source | None = None
    images: Mapping[str, str] = field(default_factory=dict)
    max_age: timedelta | None = None
    calendars: Mapping[str, bytes] = field(default_factory=dict)
    approvals: tuple[bytes, ...] = ()
    trust: Trust | None = None
    authors: frozenset[str] = frozenset()
    record: Record | None = None
    configuration: bytes | None = None
    promotions: tuple[Path, ...] = ()
    overrides: tuple[bytes, ...] = ()
    byte_code: tuple[str, ...] = ()

    def rules_for(self, release: ReleaseV1) -> EnvironmentRules | None:
        """The caller's own rules for a release; None where they are not those it was judged by, or cannot be used.

        The examinations of policy and verdict refuse such a statement, and say why.
        """
        if self.policy is None or sha256(self.policy) != release.policy_digest:
            return None
        try:
            return load_policy(self.policy).rules(release.environment)
        except GateError:
            return None


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that was looked at: whether it held, and what was found."""

    name: str
    held: bool
    detail: str
