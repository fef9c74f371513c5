"""Payroll preparation: the last hours of the week come in while the payroll office corrects and exports."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io

from browser import Refused
from open_load import Done, Turn, offer
from timesheets import LINE, look

ATTENDANCE = "hr.attendance"
FIRST_DAY = datetime.date(2031, 1, 6)
"""Corrections are entered for days in the future that nobody else uses: each has its own."""


def read_timesheets(turn: Turn) -> Done:
    rows = turn.tab.open_list(LINE, [["project_id", "!=", False], ["user_id", "=", turn.tab.browser.uid]])
    return Done(lines=len(rows))


def write_timesheet(turn: Turn) -> Done:
    task, project = turn.facts["tasks"][turn.number % len(turn.facts["tasks"])]
    tab = turn.tab
    tab.open_list(LINE, [["project_id", "!=", False], ["user_id", "=", tab.browser.uid]])
    tab.pick("project.task", "", [["id", "=", task]])
    values = {"name": turn.intent, "date": turn.day, "project_id": project, "task_id": task}
    hours = turn.rng.randint(1, 16) / 2
    record = tab.save(LINE, {**values, "unit_amount": hours, "employee_id": turn.person["employee"]})
    shown = tab.read(LINE, record, {"unit_amount": {}})
    if abs(shown["unit_amount"] - hours) > 0.01:
        raise Refused(f"{hours} hours were entered and {shown['unit_amount']} are shown")
    return Done(record, 1)


def correct_attendance(turn: Turn) -> Done:
    tab, employee = turn.tab, turn.person["employee"]
    tab.open_list(ATTENDANCE, [["employee_id", "=", employee]])
    day = FIRST_DAY + datetime.timedelta(days=turn.number)
    moment = f"{day} 06:{turn.rng.randrange(60):02d}:{turn.rng.randrange(60):02d}"
    turn.notes["key"] = f"{employee}@{moment}"
    record = tab.save(ATTENDANCE, {"employee_id": employee, "check_in": moment, "check_out": f"{day} 15:00:00"})
    shown = tab.read(ATTENDANCE, record, {"worked_hours": {}})
    if shown["worked_hours"] <= 0:
        raise Refused(f"the day counts {shown['worked_hours']} hours")
    return Done(record, 1)


def report_expense(turn: Turn) -> Done:
    tab = turn.tab
    tab.open_list("hr.expense", [["employee_id", "=", turn.person["employee"]]])
    products = tab.call("product.product", "search", [["can_be_expensed", "=", True]], limit=1)
    if not products:
        raise Refused("there is nothing that can be expensed")
    values = {"name": turn.intent, "employee_id": turn.person["employee"], "product_id": products[0]}
    return Done(tab.save("hr.expense", {**values, "total_amount_currency": 12.5}), 1)


def review_hours(turn: Turn) -> Done:
    """Hours by employee and week, as the payroll office looks at them."""
    groups = turn.tab.call(
        LINE,
        "formatted_read_group",
        domain=[["project_id", "!=", False]],
        groupby=["employee_id", "date:week"],
        aggregates=["unit_amount:sum", "__count"],
    )
    if not groups:
        raise Refused("no hours are shown")
    return Done(lines=len(groups))


def export_hours(turn: Turn) -> Done:
    """A spreadsheet of hours: every row there, and the total that Odoo itself says.

    What others enter meanwhile is in neither: the rows are those that were there when it began.
    """
    last = turn.tab.call(LINE, "search", [["project_id", "!=", False]], limit=1, order="id desc")
    if not last:
        raise Refused("there are no hours to export")
    domain = [["project_id", "!=", False], ["id", "<=", last[0]]]
    told = turn.tab.call(
        LINE, "formatted_read_group", domain=domain, groupby=[], aggregates=["unit_amount:sum", "__count"]
    )[0]
    content = turn.tab.export(LINE, None, domain, ["employee_id", "date", "unit_amount"])
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    hours = sum(float(row["unit_amount"]) for row in rows)
    if len(rows) != told["__count"] or abs(hours - told["unit_amount:sum"]) > 0.5:
        raise Refused(f"{len(rows)} rows and {hours:.2f} h of {told['__count']} and {told['unit_amount:sum']:.2f} h")
    return Done(lines=len(rows))


def payroll_file(turn: Turn) -> Done:
    """The delivery to the payroll bureau: a pay period, the export, its file. Odoo's totals are those of its hours."""
    tab, model = turn.tab, "construction.payroll.export"
    tab.open_list(model)
    periods = tab.call("date.range", "search", [["company_id", "in", [False, turn.person["company"]]]], limit=1)
    if not periods:
        raise Refused("there is no pay period")
    export = tab.save(model, {"date_range_id": periods[0], "correction_start": "2000-01-01"})
    turn.notes |= {"record": export, "key": str(export)}
    tab.press(model, "action_export", [export])
    shown = tab.read(model, export, {"state": {}, "record_count": {}, "file_name": {}, "file_sha256": {}})
    if shown["state"] != "exported":
        raise Refused(f"the export is {shown['state']}")
    content = tab.get(f"/web/content/{model}/{export}/file_content?download=true", "payroll file")
    if hashlib.sha256(content).hexdigest() != shown["file_sha256"]:
        raise Refused("the file is not the one that was exported")
    return Done(lines=shown["record_count"])


Payroll = offer(
    "payroll",
    {
        "read-timesheets": read_timesheets,
        "write-timesheet": write_timesheet,
        "correct-attendance": correct_attendance,
        "report-expense": report_expense,
        "review-hours": review_hours,
        "export-hours": export_hours,
        "payroll-file": payroll_file,
    },
    look,
)
