"""Field mobile: punches, hours and photographs from the site, over a bad line, asked again when no answer comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from browser import NoAnswer, Refused
from open_load import Done, Turn, offer
from timesheets import LINE, look

ATTENDANCE = "hr.attendance"
TASK = "project.task"
PHOTO_BYTES = 300_000
ATTEMPTS = 3
T = TypeVar("T")


def punch(turn: Turn) -> Done:
    """Check in or out. The phone asks how it stands before it asks again: the call itself turns over what is there."""
    with turn.alone:
        before = punches(turn)
        after = insisting(turn, lambda: press_once(turn, before))
        if after == before or after is None:
            raise Refused(f"the punch left {after}")
        number, move = after
        turn.notes["key"] = f"{number}/{move}"
        return Done(number, 1)


def press_once(turn: Turn, before: tuple[int, str] | None) -> tuple[int, str] | None:
    now = punches(turn)
    if now != before:
        return now
    turn.tab.ask("/hr_attendance/systray_check_in_out", {"latitude": False, "longitude": False})
    return punches(turn)


def punches(turn: Turn) -> tuple[int, str] | None:
    """The last punch of this person: the attendance and whether it is its start or its end."""
    rows = turn.tab.call(
        ATTENDANCE,
        "search_read",
        [["employee_id", "=", turn.person["employee"]], ["check_in", "<", "2030-01-01"]],
        ["check_out"],
        limit=1,
        order="check_in desc, id desc",
    )
    return (rows[0]["id"], "out" if rows[0]["check_out"] else "in") if rows else None


def book_hours(turn: Turn) -> Done:
    """Hours with a text of their own, so that a phone can see whether they are there already."""
    task, project = turn.facts["tasks"][turn.number % len(turn.facts["tasks"])]
    values = {"name": turn.intent, "date": turn.day, "project_id": project, "task_id": task}
    record = insisting(turn, lambda: book_once(turn, {**values, "unit_amount": turn.rng.randint(1, 16) / 2}))
    return Done(record, 1)


def book_once(turn: Turn, values: Mapping[str, Any]) -> int:
    there: list[int] = turn.tab.call(LINE, "search", [["name", "=", turn.intent]], limit=1)
    return there[0] if there else turn.tab.save(LINE, values)


def send_photo(turn: Turn) -> Done:
    task, _project = turn.facts["tasks"][turn.number % len(turn.facts["tasks"])]
    content = turn.rng.randbytes(PHOTO_BYTES)
    return Done(insisting(turn, lambda: send_once(turn, task, content)), 1)


def send_once(turn: Turn, task: int, content: bytes) -> int:
    domain = [["name", "=", f"{turn.intent}.jpg"], ["res_model", "=", TASK]]
    there: list[int] = turn.tab.call("ir.attachment", "search", domain, limit=1)
    return there[0] if there else turn.tab.send_file(TASK, task, f"{turn.intent}.jpg", content)


def insisting(turn: Turn, once: Callable[[], T]) -> T:
    """Ask again when there is no answer, as a phone with a bad line does. Raises NoAnswer, Refused."""
    for attempt in range(ATTEMPTS):
        try:
            return once()
        except NoAnswer:
            if attempt == ATTEMPTS - 1:
                raise
            turn.notes["asked again"] = attempt + 1
    raise NoAnswer("asked no time at all")


FieldMobile = offer("field-mobile", {"punch": punch, "book-hours": book_hours, "send-photo": send_photo}, look)
