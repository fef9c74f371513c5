"""Calendars: freezes by the hour, over changes of the clock, ends of months and of years."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from odoo_gate.errors import SettingsError
from odoo_gate.policy import Calendar, load_policy, next_window, windows_at

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def ics(*events: str) -> bytes:
    bodies = [
        f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTAMP:20260101T000000Z\r\n{event}\r\nEND:VEVENT\r\n"
        for number, event in enumerate(events)
    ]
    return ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\n" + "".join(bodies) + "END:VCALENDAR\r\n").encode()


def calendar(**changes: str) -> Calendar:
    return Calendar(**{"name": "closing", "file": "closing.ics", "timezone": "Europe/Amsterdam", **changes})


def frozen_hours(text: bytes, start: datetime, hours: int, **changes: str) -> list[str]:
    """The hours, in Amsterdam's time, at which nothing may go; `start` is the first that is asked."""
    moments = (start.astimezone(UTC) + timedelta(hours=hour) for hour in range(hours))
    return [f"{at.astimezone(AMSTERDAM):%d %H:%M%z}" for at in moments if windows_at(calendar(**changes), text, at)]


@pytest.mark.parametrize(("day", "length"), [("20260329", 23), ("20261025", 25), ("20261231", 24)])
def test_a_whole_day_is_frozen_from_midnight_to_midnight_there(day, length):
    text = ics(f"SUMMARY:Close\r\nDTSTART;VALUE=DATE:{day}")
    first = datetime.strptime(day, "%Y%m%d").replace(tzinfo=AMSTERDAM)
    hours = frozen_hours(text, first - timedelta(hours=5), 40)
    assert len(hours) == length
    assert hours[0] == f"{first:%d 00:00%z}"
    last = (first.astimezone(UTC) + timedelta(hours=length - 1)).astimezone(AMSTERDAM)
    assert hours[-1] == f"{last:%d 23:00%z}"


def test_every_hour_around_the_last_sunday_of_march():
    text = ics(
        "SUMMARY:Payroll\r\nDTSTART;TZID=Europe/Amsterdam:20260329T010000\r\nDTEND;TZID=Europe/Amsterdam:20260329T040000"
    )
    hours = frozen_hours(text, datetime(2026, 3, 28, 22, tzinfo=AMSTERDAM), 12)
    assert hours == ["29 01:00+0100", "29 03:00+0200"]  # 02:00 does not exist, 04:00 is free


def test_month_end_recurs_on_the_last_day_of_every_month_and_over_the_year():
    text = ics(
        "SUMMARY:Month-end\r\nDTSTART:20260131T180000\r\nDTEND:20260201T080000\r\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1"
    )
    for year, month, day in ((2026, 2, 28), (2026, 3, 31), (2026, 10, 31), (2026, 12, 31), (2028, 2, 29)):
        last = datetime(year, month, day, tzinfo=AMSTERDAM)
        hours = frozen_hours(text, last.replace(hour=12), 30)
        assert hours[0] == f"{last:%d} 18:00{last.replace(hour=18):%z}"
        assert [hour[3:8] for hour in hours] == [f"{hour % 24:02}:00" for hour in range(18, 32)]


def test_a_moment_of_another_zone_is_the_same_moment():
    text = ics("SUMMARY:Tender\r\nDTSTART;TZID=America/New_York:20261120T170000\r\nDURATION:PT2H")
    assert frozen_hours(text, datetime(2026, 11, 20, 20, tzinfo=AMSTERDAM), 10) == ["20 23:00+0100", "21 00:00+0100"]


def test_a_cancelled_event_and_one_that_does_not_match_freeze_nothing():
    text = ics(
        "SUMMARY:Close\r\nSTATUS:CANCELLED\r\nDTSTART;VALUE=DATE:20261120",
        "SUMMARY:Lunch\r\nDTSTART;VALUE=DATE:20261120",
    )
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert [window.summary for window in windows_at(calendar(), text, at)] == ["Lunch"]
    assert windows_at(calendar(match="Close*"), text, at) == ()


def test_a_long_freeze_holds_in_its_middle():
    text = ics("SUMMARY:Year-end close\r\nDTSTART;VALUE=DATE:20261220\r\nDTEND;VALUE=DATE:20270306")
    (window,) = windows_at(calendar(company="De Vries Bouw"), text, datetime(2027, 2, 1, tzinfo=UTC))
    assert str(window) == "Year-end close of De Vries Bouw, until 2027-03-06 00:00 Europe/Amsterdam"


def test_the_next_event_is_known_and_so_is_that_there_is_none():
    text = ics("SUMMARY:Close\r\nDTSTART;VALUE=DATE:20261120")
    coming = next_window(calendar(), text, datetime(2026, 11, 1, tzinfo=UTC))
    assert coming is not None
    assert coming.start == datetime(2026, 11, 19, 23, tzinfo=UTC)
    assert next_window(calendar(), text, datetime(2026, 11, 21, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "text",
    [b"", b"hello", ics(), ics("SUMMARY:x\r\nDTSTART:yesterday"), ics("SUMMARY:x"), b"x" * (5 * 1024 * 1024)],
    ids=["empty", "no calendar", "no event", "bad date", "no date", "huge"],
)
def test_what_is_no_calendar_is_refused(text):
    with pytest.raises(SettingsError, match="the calendar closing cannot be used"):
        windows_at(calendar(), text, datetime(2026, 11, 20, tzinfo=UTC))


@pytest.mark.parametrize(
    "lines",
    [
        'name = "a"\nfile = "a.ics"\ntimezone = "Amsterdam"',
        'name = "a"\ntimezone = "UTC"',
        'name = "a"\nfile = "../a.ics"\ntimezone = "UTC"',
        'name = "a"\nfile = "a.ics"\ntimezone = "UTC"\neffect = "hint"',
    ],
    ids=["no zone", "no origin", "elsewhere", "no effect"],
)
def test_a_malformed_entry_is_refused(lines):
    text = f'version = 1\n[environments.qa]\ndemands = ["tests.*"]\n[[environments.qa.calendars]]\n{lines}\n'
    with pytest.raises(SettingsError, match="calendars"):
        load_policy(text.encode())


@pytest.mark.parametrize(
    "rule",
    ["FREQ=SECONDLY", "FREQ=HOURLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;BYMINUTE=1,2", "FREQ=YEARLY;INTERVAL=-1"],
)
def test_a_recurrence_that_would_never_be_counted_to_its_end_is_refused(rule):
    text = ics(f"DTSTART:20260131T180000Z\nDTEND:20260201T060000Z\nSUMMARY:closing\nRRULE:{rule}")
    with pytest.raises(SettingsError, match="recurs"):
        windows_at(calendar(), text, datetime(2026, 11, 21, tzinfo=UTC))


def test_a_time_zone_whose_name_no_file_can_have_is_refused():
    text = ics(f"DTSTART;TZID=Europe/{'A' * 400}:20260131T180000\nDURATION:PT1H\nSUMMARY:closing")
    with pytest.raises(SettingsError):
        windows_at(calendar(), text, datetime(2026, 11, 21, tzinfo=UTC))
