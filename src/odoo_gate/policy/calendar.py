"""Calendars: when nothing may be released, whatever its evidence says. Month-end, payroll cut-off, tender deadlines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, StringConstraints, field_validator, model_validator

from odoo_gate.errors import SettingsError
from odoo_gate.policy.section import PolicySection

if TYPE_CHECKING:
    from icalendar import Component, Event

MAX_CALENDAR_BYTES = 4 * 1024 * 1024
_AHEAD = timedelta(days=400)
"""How far to look for the next event: a calendar that ends before is one that nobody has carried on."""


class Calendar(PolicySection):
    """`[[environments.NAME.calendars]]`: a calendar (RFC 5545) whose events are freezes, or warnings.

    It is the text in `ical`, or the `file` beside the policy. Days and times without a zone of their own are those of
    `timezone` (IANA). `match` is a pattern (`*`, `?`) of the summaries that count, `company` whom it concerns.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    ical: str = ""
    file: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_-][A-Za-z0-9._-]*)?$")] = ""
    timezone: str
    effect: Literal["freeze", "warn"] = "freeze"
    match: Annotated[str, Field(min_length=1)] = "*"
    company: str = ""

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is not an IANA time zone; write it as 'Europe/Amsterdam'")
        return value

    @model_validator(mode="after")
    def _exactly_one_origin(self) -> Calendar:
        if bool(self.ical.strip()) == bool(self.file):
            raise ValueError("is given by exactly one of ical (its text) and file (its name, beside the policy)")
        return self


@dataclass(frozen=True, slots=True)
class Window:
    """One event of a calendar: from `start` until just before `end`, both timezone-aware."""

    calendar: Calendar
    summary: str
    start: datetime
    end: datetime

    @property
    def freezes(self) -> bool:
        return self.calendar.effect == "freeze"

    def __str__(self) -> str:
        zone = ZoneInfo(self.calendar.timezone)
        company = f" of {self.calendar.company}" if self.calendar.company else ""
        until = self.end.astimezone(zone)
        return f"{self.summary}{company}, until {until:%Y-%m-%d %H:%M} {self.calendar.timezone}"


def windows_at(calendar: Calendar, text: bytes, at: datetime) -> tuple[Window, ...]:
    """The events of `calendar` that `at` falls into. Raises SettingsError when `text` is no calendar with events."""
    near = _occurrences(calendar, text, at - timedelta(days=1), at + timedelta(days=1))
    return tuple(window for window in near if window.start <= at < window.end)


def next_window(calendar: Calendar, text: bytes, at: datetime) -> Window | None:
    """The first event that ends after `at`; None when the calendar has none in the next 400 days."""
    ahead = [window for window in _occurrences(calendar, text, at, at + _AHEAD) if window.end > at]
    return min(ahead, key=lambda window: window.start, default=None)


_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_WITHIN_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
_UNUSABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError, OSError)
"""What the libraries raise for a text that is no calendar; OSError: a time zone whose name no file can have."""


def _occurrences(calendar: Calendar, text: bytes, since: datetime, until: datetime) -> list[Window]:
    import recurring_ical_events

    try:
        # Whole days on both sides: a date of another zone begins up to 14 hours away from ours.
        found = recurring_ical_events.of(_parsed(text), skip_bad_series=False).between(
            (since - timedelta(days=1)).date(), (until + timedelta(days=2)).date()
        )
        windows = [_window(calendar, event) for event in found if str(event.get("STATUS", "")) != "CANCELLED"]
    except _UNUSABLE as error:
        raise SettingsError(
            f"the calendar {calendar.name} cannot be used: {error}", hint="give an iCalendar file (.ics) with events"
        ) from error
    return [window for window in windows if fnmatchcase(window.summary, calendar.match)]


def _parsed(text: bytes) -> Component:
    from icalendar import Calendar as ICalendar

    if len(text) > MAX_CALENDAR_BYTES:
        raise ValueError(f"it is longer than {MAX_CALENDAR_BYTES} bytes")
    parsed = ICalendar.from_ical(text)
    events = list(parsed.walk("VEVENT"))
    if not events:
        raise ValueError("it holds no event")
    for event in events:
        _check_rules(event)
    return parsed


def _check_rules(event: Component) -> None:
    """Raise ValueError for a recurrence within a day: nobody means it, and it would take hours to count."""
    for name in ("RRULE", "EXRULE"):
        found = event.get(name, [])
        for rule in found if isinstance(found, list) else [found]:
            frequencies = {str(each).upper() for each in rule.get("FREQ", [])}
            if not frequencies or not frequencies <= _FREQUENCIES or any(part in rule for part in _WITHIN_A_DAY):
                raise ValueError(f"an event recurs within a day ({name} of {event.get('SUMMARY', 'an event')})")
            if any(int(each) < 1 for each in rule.get("INTERVAL", [1])):
                raise ValueError(f"an event recurs every 0 days ({name} of {event.get('SUMMARY', 'an event')})")


def _window(calendar: Calendar, event: Event) -> Window:
    zone = ZoneInfo(calendar.timezone)
    return Window(calendar, str(event.get("SUMMARY", "an event")), _moment(event.start, zone), _moment(event.end, zone))


def _moment(value: date | datetime, zone: ZoneInfo) -> datetime:
    """A date is its first moment in `zone`, a time without a zone one of `zone`."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
