"""The check of the calendars: a freeze is a failure, what it was asked of is evidence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from odoo_gate.errors import UsageError
from odoo_gate.evidence import collect_evidence
from odoo_gate.judgement import read_calendars, record_calendars
from odoo_gate.model import Outcome, Severity
from odoo_gate.policy import load_policy

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
CLOSE = f"{HEAD}SUMMARY:Close\r\nDTSTART;VALUE=DATE:20261130\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode()


def rules(effect="freeze"):
    return load_policy(
        b'version = 1\n[environments.production]\ndemands = ["tests.*"]\n[[environments.production.calendars]]\n'
        b'name = "closing"\nfile = "closing.ics"\ntimezone = "Europe/Amsterdam"\n' + f'effect = "{effect}"\n'.encode()
    ).rules("production")


def recorded(folder, at, effect="freeze"):
    record_calendars(folder, rules(effect), {"closing": CLOSE}, at)
    check, complete = collect_evidence(folder, at=at)
    assert complete.check == "run.complete"
    return check


def test_a_freeze_fails_the_run(tmp_path):
    check = recorded(tmp_path, datetime(2026, 11, 30, 8, tzinfo=UTC))
    assert (check.check, check.outcome) == ("run.calendar", Outcome.FAILED)
    assert check.reason == "closing: Close, until 2026-12-01 00:00 Europe/Amsterdam"
    assert (tmp_path / "calendars" / "closing.ics").read_bytes() == CLOSE


@pytest.mark.parametrize(
    ("at", "effect", "rules_found"),
    [
        (datetime(2026, 11, 20, tzinfo=UTC), "freeze", []),
        (datetime(2026, 11, 29, tzinfo=UTC), "freeze", ["freeze-ahead"]),
        (datetime(2026, 11, 30, 8, tzinfo=UTC), "warn", ["mind-the-date"]),
        (datetime(2026, 12, 2, tzinfo=UTC), "freeze", ["calendar-runs-out"]),
    ],
)
def test_other_days_pass_with_what_is_worth_knowing(tmp_path, at, effect, rules_found):
    check = recorded(tmp_path, at, effect)
    assert check.outcome is Outcome.PASSED
    assert [finding.rule for finding in check.findings] == rules_found
    assert all(finding.severity is not Severity.ERROR for finding in check.findings)


def test_a_calendar_that_is_not_there_stops_the_run_before_it_starts(tmp_path):
    with pytest.raises(UsageError, match=r"closing\.ics cannot be read"):
        read_calendars(rules(), tmp_path)


def test_without_calendars_there_is_nothing_to_ask(tmp_path):
    record_calendars(tmp_path, rules().model_copy(update={"calendars": ()}), {}, datetime.now(UTC))
    assert not list(tmp_path.iterdir())
