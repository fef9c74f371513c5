"""Runs inside Odoo: for every company a user who may do almost everything, but works in that company alone."""

from __future__ import annotations

from typing import Any

_NOT_BUSINESS = ("base.group_system", "base.group_erp_manager")
"""Who sets up companies sees them all, in every Odoo."""
_OUTSIDE = ("base.group_portal", "base.group_public")


def prepare(env: Any, say: Any, groups: list[str], password: str) -> dict[str, Any]:
    """{"companies": [id, name, ids of it and the ones above it], "users": company's id → user's id}."""
    companies = env["res.company"].search([], order="id")
    say("making a user for each of " + str(len(companies)) + " companies")
    held = _groups(env, groups)
    users = {str(company.id): _user(env, company, held, password).id for company in companies}
    return {
        "companies": [[company.id, company.name, _with_those_above(company)] for company in companies],
        "users": users,
    }


def _groups(env: Any, names: list[str]) -> list[int]:
    """The groups of the administrator and of every role, but for the ones that are above companies."""
    admin = env.ref("base.user_admin")
    held = admin.all_group_ids if "all_group_ids" in admin._fields else admin.groups_id
    for name in names:
        group = env.ref(name, raise_if_not_found=False)
        if group:
            held |= group
    implied = "all_implied_ids" if "all_implied_ids" in held._fields else "trans_implied_ids"
    outside = [env.ref(name).id for name in _OUTSIDE]
    above = [env.ref(name).id for name in _NOT_BUSINESS]
    unwanted = {*outside, *above}
    return [group.id for group in held if not unwanted & {group.id, *group[implied].ids}]


def _user(env: Any, company: Any, groups: list[int], password: str) -> Any:
    users = env["res.users"].with_context(no_reset_password=True, active_test=False)
    login = "odoo-gate-company-" + str(company.id)
    values = {
        "name": login,
        "password": password,
        "company_id": company.id,
        "company_ids": [(6, 0, [company.id])],
        "group_ids" if "group_ids" in users._fields else "groups_id": [(6, 0, groups)],
    }
    found = users.search([("login", "=", login)])
    if found:
        found.write(values)
        return found
    return users.create({"login": login, "email": login + "@role.example", **values})


def _with_those_above(company: Any) -> list[int]:
    """A branch shares what its parents have."""
    found = []
    while company and company.id not in found:
        found.append(company.id)
        company = company.parent_id
    return found
