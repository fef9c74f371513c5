"""The group of companies of a release's data: a disposable clone with a user for each of them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odoo_gate.errors import SettingsError
from odoo_gate.model import Finding, Say, Severity
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.settings import RolesSettings

INSIDE = Path(__file__).parent / "inside"


@dataclass(frozen=True)
class Company:
    """`line` is its own id and those of the companies above it, whose records it shares."""

    id: int
    name: str
    line: tuple[int, ...]


@dataclass(frozen=True)
class Group:
    """A clone of a release with data; `users` maps a company's id to the user that works in it alone.

    `chosen` are the companies that are asked about, all of them unless the settings name some.
    """

    release: Release
    database: str
    companies: tuple[Company, ...]
    users: Mapping[str, int]
    chosen: frozenset[int]
    say: Say

    def ask(self, script: str, function: str, **arguments: Any) -> Any:
        """What a script of this room says inside Odoo. Raises AgentError, ReleaseFailure."""
        return self.release.agent.run_script(self.database, INSIDE / script, function, arguments, say=self.say).result

    @property
    def plain(self) -> list[list[Any]]:
        """The companies as the scripts take them."""
        return [[each.id, each.name, list(each.line)] for each in self.companies]

    @property
    def asked(self) -> dict[str, int]:
        """The users of the chosen companies."""
        return {company: user for company, user in self.users.items() if int(company) in self.chosen}

    def name(self, company: int) -> str:
        return next(each.name for each in self.companies if each.id == company)


@contextmanager
def open_group(
    testbed: Testbed,
    release: Release,
    template: Template,
    roles: RolesSettings,
    chosen: Sequence[str],
    say: Say,
) -> Iterator[Group]:
    """A group on a clone of `template`, gone at the end of the block.

    Raises SettingsError when `chosen` names a company that the data does not have.
    """
    names = sorted({group for role in roles.names for group in roles.groups(role) or ()})
    password = secrets.token_urlsafe(12)
    with testbed.clone(template, release) as clone:
        arguments = {"groups": names, "password": password}
        script = INSIDE / "people.py"
        told = release.agent.run_script(clone.database, script, "prepare", arguments, say=say).result
        companies = tuple(Company(each, name, tuple(line)) for each, name, line in told["companies"])
        ids = _chosen(companies, chosen)
        yield Group(release, clone.database, companies, told["users"], ids, say)


def _chosen(companies: Sequence[Company], names: Sequence[str]) -> frozenset[int]:
    known = {company.name: company.id for company in companies}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SettingsError(
            f"tenancy.companies names {', '.join(unknown)}, which the data does not have",
            hint="it has " + ", ".join(sorted(known)),
        )
    return frozenset(known[name] for name in names) if names else frozenset(known.values())


def group_findings(group: Group) -> Iterator[Finding]:
    """Whether there is anything to keep apart, and whether everybody was asked about."""
    if len(group.companies) < 2:
        names = ", ".join(company.name for company in group.companies) or "no company"
        message = f"the data has {names} alone: with fewer than two companies nothing can be kept apart"
        yield Finding("one-company", message, remedy="use data with several companies: [data] in gate.toml")
    left_out = [company.name for company in group.companies if company.id not in group.chosen]
    if left_out:
        message = f"tenancy.companies leaves out {', '.join(left_out)}: nobody looked at them"
        yield Finding("narrowed", message, Severity.WARNING)
