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
        users = _users(env, role, wanted["people"], companies, _groups(env, wanted["groups"]))
        employees = _employees(env, users) if wanted["employee"] else {}
        people += [[user.login, role, user.company_id.id, employees.get(user.id)] for user in users]
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


def _users(env: Any, role: str, count: int, companies: Any, groups: list[int]) -> list[Any]:
    """All at once: each creation of its own would make Odoo forget whom it knows, and look everything up again."""
    users = env["res.users"].with_context(no_reset_password=True, active_test=False, tracking_disable=True)
    field = "group_ids" if "group_ids" in users._fields else "groups_id"
    wanted = {}
    for number in range(1, count + 1):
        company = companies[(number - 1) % len(companies)].id
        wanted["load-" + role.replace("_", "-") + "-" + str(number)] = {
            "name": role.replace("_", " ").capitalize() + " " + str(number),
            "company_id": company,
            "company_ids": [(6, 0, [company])],
            field: [(6, 0, groups)],
            "active": True,
            "tz": "Europe/Amsterdam",
        }
    found = {user.login: user for user in users.search([("login", "in", list(wanted))])}
    for login, user in found.items():
        user.write(wanted[login])
    missing = [login for login in wanted if login not in found]
    made = users.create([{"login": each, "email": each + "@people.example", **wanted[each]} for each in missing])
    by_login = {**found, **{user.login: user for user in made}}
    return [by_login[login] for login in wanted]


def _employees(env: Any, users: list[Any]) -> dict[int, int]:
    """By user: theirs of their company, made where there is none."""
    employees = env["hr.employee"].with_context(tracking_disable=True)
    found = {}
    for employee in employees.search([("user_id", "in", [user.id for user in users])], order="id desc"):
        if employee.company_id == employee.user_id.company_id:
            found[employee.user_id.id] = employee.id
    missing = [user for user in users if user.id not in found]
    made = employees.create([_employee(employees, user) for user in missing])
    return {**found, **{employee.user_id.id: employee.id for employee in made}}


def _employee(employees: Any, user: Any) -> dict[str, Any]:
    values = {"name": user.name, "user_id": user.id, "company_id": user.company_id.id}
    if "payroll_number" in employees._fields:
        values["payroll_number"] = "9" + str(user.id).zfill(6)
    if "hourly_cost" in employees._fields:
        values["hourly_cost"] = 40.0
    return values
