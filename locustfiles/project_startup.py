"""Project start-up: new jobs with their tasks, while others look at the jobs there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from browser import Refused, Tab
from invoicing import ids
from open_load import Done, Turn, offer

PROJECT, TASK = "project.project", "project.task"
TASKS = 20
"""The tasks every new job begins with."""


def look(tab: Tab, person: Mapping[str, Any]) -> dict[str, Any]:
    found = ids(tab, PROJECT, [["company_id", "in", [False, person["company"]]]])
    if not found:
        raise Refused(f"company {person['company']} has no projects")
    return {"projects": found}


def start_project(turn: Turn) -> Done:
    tab = turn.tab
    tab.new_form(PROJECT)
    project = tab.save(PROJECT, {"name": turn.intent, "company_id": turn.person["company"]})
    turn.notes |= {"record": project, "lines": TASKS}
    values = [{"name": f"Work package {number + 1}", "project_id": project} for number in range(TASKS)]
    tab.call(TASK, "create", values)
    rows = tab.open_list(TASK, [["project_id", "=", project]])
    if len(rows) != TASKS:
        raise Refused(f"the project shows {len(rows)} of {TASKS} tasks")
    return Done(project, TASKS)


def browse_projects(turn: Turn) -> Done:
    rows = turn.tab.open_list(PROJECT)
    if not rows:
        raise Refused("the list of projects is empty")
    turn.tab.open_form(PROJECT, rows[turn.rng.randrange(len(rows))]["id"])
    return Done(lines=len(rows))


ProjectStartup = offer("project-startup", {"start-project": start_project, "browse-projects": browse_projects}, look)
