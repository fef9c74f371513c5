"""Where hours are booked, for every profile that books them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from browser import Refused, Tab

LINE = "account.analytic.line"


def look(tab: Tab, person: Mapping[str, Any]) -> dict[str, Any]:
    """Tasks that take hours; who makes the file for the bureau has no use for them."""
    if person["role"] == "payroll_officer":
        return {}
    company = ["company_id", "=", person["company"]]
    tasks = tab.call(
        "project.task",
        "search_read",
        [company, ["allow_timesheets", "=", True]],
        ["project_id"],
        limit=200,
        order="id",
    )
    if not tasks:
        raise Refused(f"company {person['company']} has no tasks that take hours")
    return {"tasks": [(task["id"], task["project_id"][0]) for task in tasks]}
