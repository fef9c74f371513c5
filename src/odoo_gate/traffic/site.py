"""The people who make the load: one login for everybody, with the groups of their role and in their company."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from odoo_gate.model import Say, silent
from odoo_gate.odoo.store import Clone
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.settings import RolesSettings
from odoo_gate.traffic.model import Person, Site
from odoo_gate.traffic.profiles import Profile, load_profiles

_PEOPLE = Path(__file__).parent / "inside" / "people.py"


def prepare_site(
    testbed: Testbed,
    release: Release,
    clone: Clone,
    say: Say = silent,
    *,
    people: Mapping[str, int] | None = None,
) -> Site:
    """Make the people of every profile on a clone that no server serves yet.

    `people` says how many a profile needs, where that is more or less than its default. A role that gate.toml
    knows has the company's own groups. Raises AgentError.
    """
    roles = wanted_roles(tuple(load_profiles().values()), testbed.settings.roles, people or {})
    password = secrets.token_urlsafe(12)
    told = release.agent.run_script(
        clone.database, _PEOPLE, "prepare", {"roles": roles, "password": password}, say=say
    ).result
    return Site(
        database=clone.database,
        people=tuple(
            Person(login, password, role, int(company), employee) for login, role, company, employee in told["people"]
        ),
        companies=tuple(told["companies"]),
        modules=frozenset(told["modules"]),
        facts={"series": testbed.settings.project.series},
    )


def wanted_roles(profiles: Sequence[Profile], own: RolesSettings, people: Mapping[str, int]) -> dict[str, Any]:
    """Roles with their groups and how many people they need for the largest of `profiles`."""
    found: dict[str, Any] = {}
    for profile in profiles:
        count = people.get(profile.name, profile.people)
        total = sum(role.share for role in profile.roles)
        for role in profile.roles:
            groups = own.groups(role.name)
            known = found.setdefault(role.name, {"groups": [], "people": 0, "employee": False})
            known["groups"] = list(dict.fromkeys([*known["groups"], *(groups if groups is not None else role.groups)]))
            known["people"] = max(known["people"], 1, round(count * role.share / total))
            known["employee"] = known["employee"] or role.employee
    return found
