"""Runs inside Odoo: a user for every role of gate.toml, with exactly its groups, working in every company."""

from __future__ import annotations

from typing import Any

_GIVEN = {"public": "base.public_user", "admin": "base.user_admin"}
"""Roles that every database has a user for."""


def prepare(env: Any, say: Any, roles: dict[str, list[str]], password: str) -> dict[str, Any]:
    """{"users": role → id, "missing": role → groups that do not exist}; a role that lacks a group gets no user."""
    say("making a user for each of " + ", ".join(sorted({*roles, *_GIVEN})))
    users, missing = {}, {}
    for role, groups in roles.items():
        found = {name: env.ref(name, raise_if_not_found=False) for name in groups}
        lacking = [name for name, group in found.items() if not group]
        if lacking:
            missing[role] = lacking
            continue
        users[role] = _user(env, role, [group.id for group in found.values()], password).id
    for role, name in _GIVEN.items():
        if role not in users:
            users[role] = env.ref(name).id
    return {"users": users, "missing": missing}


def _user(env: Any, role: str, groups: list[int], password: str) -> Any:
    users = env["res.users"].with_context(no_reset_password=True, active_test=False)
    companies = env["res.company"].search([], order="id")
    values = {
        "name": role,
        "password": password,
        "active": True,
        "company_ids": [(6, 0, companies.ids)],
        "company_id": companies[0].id,
        "group_ids" if "group_ids" in users._fields else "groups_id": [(6, 0, groups)],
    }
    login = "odoo-gate-" + role
    found = users.search([("login", "=", login)])
    if found:
        found.write(values)
        return found
    return users.create({"login": login, "email": login + "@role.example", **values})
