"""Runs inside Odoo: the people who will work, each with a login of their own and the groups of their role."""

from __future__ import annotations

from typing import Any

APPROVED_ABOVE = 5000.0
"""An order of more than this needs a manager, in the company's currency."""


def prepare(env: Any, say: Any, roles: dict[str, Any], password: str) -> dict[str, Any]:
    """`roles`: name → {"groups": external ids, "people": how many in all, "employee": whether they need one}.

    Everybody is made anew or, where the login is there, brought to these groups; the companies take turns.
    Returns {"people": [login, role, company, employee or None], "companies": ids, "modules": names}.
    """
    companies = env["res.company"].search([], order="id")
    stamp = env["res.users"]._crypt_context().hash(password)  # hashing is slow on purpose: once for all of them
    people = []
    for role, wanted in sorted(roles.items()):
        say("making " + str(wanted["people"]) + " people of the role " + role)
        groups = _groups(env, wanted["groups"])
        for number in range(wanted["people"]):
            company = companies[number % len(companies)]
            user = _user(env, role, number, company, groups)
            employee = _employee(env, user, company) if wanted["employee"] else None
            people.append([user.login, role, company.id, employee])
    _settings(env, companies)
    logins = [login for login, _role, _company, _employee in people]
    env.flush_all()
    env.cr.execute("UPDATE res_users SET password = %s WHERE login = ANY(%s)", [stamp, logins])
    env.invalidate_all()
    modules = env["ir.module.module"].search([("state", "=", "installed")]).mapped("name")
    return {"people": people, "companies": companies.ids, "modules": sorted(modules)}


def _settings(env: Any, companies: Any) -> None:
    """What the work needs of a company: orders that somebody else approves, and a pay period."""
    if "po_double_validation" in companies._fields:
        for company in companies:  # each in its own currency
            company.write({"po_double_validation": "two_step", "po_double_validation_amount": APPROVED_ABOVE})
    if "date.range" not in env.registry:
        return
    ranges = env["date.range"]
    if not ranges.search([], limit=1):
        kind = env["date.range.type"].create({"name": "Load", "company_id": False})
        ranges.create({"name": "Load", "type_id": kind.id, "date_start": "2000-01-01", "date_end": "2030-12-31"})
    if "payroll_number" in env["hr.employee"]._fields:
        for employee in env["hr.employee"].with_context(active_test=False).search([("payroll_number", "=", False)]):
            employee.payroll_number = "8" + str(employee.id).zfill(6)
    if "payroll_code" in companies._fields:
        for company in companies:
            company.payroll_code = company.payroll_code or "LOAD" + str(company.id)


def _groups(env: Any, names: list[str]) -> list[int]:
    """Ids of the groups that this database has; what belongs to a module that is not installed is left out."""
    found = [env.ref(name, raise_if_not_found=False) for name in names]
    return [group.id for group in [env.ref("base.group_user"), *found] if group]


def _user(env: Any, role: str, number: int, company: Any, groups: list[int]) -> Any:
    users = env["res.users"].with_context(no_reset_password=True, active_test=False, tracking_disable=True)
    login = "load-" + role.replace("_", "-") + "-" + str(number + 1)
    values = {
        "name": role.replace("_", " ").capitalize() + " " + str(number + 1),
        "company_id": company.id,
        "company_ids": [(6, 0, [company.id])],
        "group_ids" if "group_ids" in users._fields else "groups_id": [(6, 0, groups)],
        "active": True,
        "tz": "Europe/Amsterdam",
    }
    found = users.search([("login", "=", login)])
    if found:
        found.write(values)
        return found
    return users.create({"login": login, "email": login + "@people.example", **values})


def _employee(env: Any, user: Any, company: Any) -> int:
    employees = env["hr.employee"].with_company(company).with_context(tracking_disable=True)
    found = employees.search([("user_id", "=", user.id), ("company_id", "=", company.id)], limit=1)
    if found:
        return int(found.id)
    values = {"name": user.name, "user_id": user.id, "company_id": company.id}
    if "payroll_number" in employees._fields:
        values["payroll_number"] = "9" + str(user.id).zfill(6)
    if "hourly_cost" in employees._fields:
        values["hourly_cost"] = 40.0
    return int(employees.create(values).id)
