"""Waivers and calendars bent: an exception that nobody granted, or a freeze that somebody wants to slip through."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from odoo_gate.errors import ExitCode
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.model import CheckResult, Finding, Outcome, Place, Status

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KNOWN = Finding("unsafe-route", "the route trusts its caller")
FAILURE = CheckResult(
    "tests.project", "portal", Outcome.FAILED, NOW - timedelta(minutes=5), 1.0, "unsafe", findings=(KNOWN,)
)
WAIVER = f"""
[[environments.production.waivers]]
id = "W-1"
check = "tests.project"
target = "portal"
finding = "{KNOWN.fingerprint}"
owner = "Anna"
approver = "Joost"
reason = "behind the VPN"
ticket = "SEC-12"
created = 2026-11-01
expires = 2026-11-21
"""
CALENDAR = """
[[environments.production.calendars]]
name = "closing"
file = "closing.ics"
timezone = "Europe/Amsterdam"
"""
HOLIDAY = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
    b"SUMMARY:Christmas\r\nDTSTART;VALUE=DATE:20261225\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
MONTH_END = HOLIDAY.replace(b"Christmas", b"Close").replace(b"20261225", b"20261121")


def refused_for(verification: Any) -> list[str]:
    assert verification.exit_code is ExitCode.INVALID
    return [examined.name for examined in verification.examined if not examined.held]


def test_a_waiver_of_the_policy_is_honoured(signed: Any) -> None:
    run = signed(WAIVER, FAILURE)
    assert run.statement()["predicate"]["verdict"] == Status.GO
    assert run.verify().exit_code is ExitCode.GO


SKIP = """
[[environments.production.allow_skips]]
check = "tests.project"
reason = "no browser.*"
because = "tours run in qa"
"""
ALLOWED = replace(FAILURE, outcome=Outcome.SKIPPED, reason="no browser here", findings=())
OTHERS = {
    "another finding": (replace(FAILURE, findings=(Finding("unsafe-route", "another route"),)), ExitCode.NO_GO),
    "a failure without a finding": (replace(FAILURE, findings=()), ExitCode.NO_GO),
    "broke off": (replace(FAILURE, outcome=Outcome.ERRORED, reason="killed"), ExitCode.INCONCLUSIVE),
    "skipped": (replace(FAILURE, outcome=Outcome.SKIPPED, reason="not today", findings=()), ExitCode.INCONCLUSIVE),
}


@pytest.mark.parametrize("excused", [FAILURE, ALLOWED], ids=["beside a waived failure", "beside an allowed skip"])
@pytest.mark.parametrize("order", [1, -1], ids=["after it", "before it"])
@pytest.mark.parametrize(("other", "exit_code"), OTHERS.values(), ids=OTHERS)
def test_a_second_result_of_the_same_check_and_target(
    signed: Any, excused: CheckResult, order: int, other: CheckResult, exit_code: ExitCode
) -> None:
    """Two tests with one marker: what excuses one of them excuses nothing of the other."""
    assert signed(WAIVER + SKIP, *(excused, other)[::order]).verify().exit_code is exit_code


@pytest.mark.parametrize("shard", ["a", "z"], ids=["read before it", "read after it"])
@pytest.mark.parametrize(("other", "exit_code"), OTHERS.values(), ids=OTHERS)
def test_a_shard_that_overlaps(
    signed: Any, tmp_path: Path, shard: str, other: CheckResult, exit_code: ExitCode
) -> None:
    complete = CheckResult("run.complete", "", Outcome.PASSED, NOW - timedelta(minutes=5), 1.0)
    writer = EvidenceWriter(tmp_path / "signed" / shard / "evidence.jsonl")
    for each in (other, complete):
        writer.write(each)
    assert signed(WAIVER, FAILURE).verify().exit_code is exit_code


def test_a_shard_that_says_the_same_again(signed: Any) -> None:
    """The honest overlap: the known finding once more, and a pass beside it."""
    again = replace(FAILURE, started=NOW - timedelta(minutes=4), duration=2.0)
    passed = replace(FAILURE, outcome=Outcome.PASSED, reason="", findings=())
    run = signed(WAIVER, FAILURE, again, passed)
    assert run.verify().exit_code is ExitCode.GO
    assert [each["outcome"] for each in run.statement()["predicate"]["checks"]].count("failed") == 1


@pytest.mark.parametrize(
    ("count", "exit_code"), [("", ExitCode.NO_GO), ("count = 2", ExitCode.GO)], ids=["waived once", "waived twice"]
)
def test_the_waived_line_is_copied(signed: Any, count: str, exit_code: ExitCode) -> None:
    here, there = (replace(KNOWN, place=Place("addons/portal/main.py", line)) for line in (10, 99))
    waiver = WAIVER.replace(KNOWN.fingerprint, here.fingerprint) + count
    assert signed(waiver, replace(FAILURE, findings=(here,)), name="once").verify().exit_code is ExitCode.GO
    assert signed(waiver, replace(FAILURE, findings=(here, there))).verify().exit_code is exit_code


def test_a_waiver_that_ended_since(signed: Any) -> None:
    """Within the age that the policy allows, and yet the exception it needed is over."""
    assert refused_for(signed(WAIVER, FAILURE).verify(now=datetime(2026, 11, 22, 0, 1, tzinfo=UTC))) == ["age"]


def test_a_validity_stretched_beyond_the_waiver(signed: Any) -> None:
    run = signed(WAIVER, FAILURE)
    statement = run.statement()
    statement["predicate"]["validUntil"] = "2026-11-22T11:55:00Z"
    run.put_statement(statement)
    assert refused_for(run.verify("readiness.sigstore.json")) == ["age", "svr", "report"]


def test_a_waiver_that_the_callers_policy_does_not_know(signed: Any) -> None:
    run = signed(WAIVER, FAILURE)
    without = run.deployment.policy.replace(WAIVER.encode(), b"")
    assert "policy" in refused_for(run.verify(policy=without))


def test_a_failure_called_waived_by_the_signer(signed: Any) -> None:
    run = signed(WAIVER.replace(KNOWN.fingerprint, "0" * 16), FAILURE)
    assert run.statement()["predicate"]["verdict"] == Status.NO_GO
    statement = run.statement()
    statement["predicate"].update(verdict="GO", reasons=[])
    run.put_statement(statement)
    assert "verdict" in refused_for(run.verify("readiness.sigstore.json"))


def test_a_finding_reworded_to_fit_the_waiver(signed: Any) -> None:
    """Evidence in the folder still holds the finding as it was."""
    run = signed(WAIVER, FAILURE)
    text = run.file("evidence.jsonl").read_text().replace("its caller", "everybody")
    run.file("evidence.jsonl").write_text(text)
    assert "evidence" in refused_for(run.verify())


def test_no_freeze_now(signed: Any) -> None:
    assert signed(CALENDAR).verify(calendars={"closing": HOLIDAY}).exit_code is ExitCode.GO


@pytest.mark.parametrize(
    "calendars",
    [{}, {"other": HOLIDAY}, {"closing": b""}, {"closing": HOLIDAY[:60]}, {"closing": MONTH_END}],
    ids=["left out", "another one", "emptied", "cut", "freeze entered since"],
)
def test_a_freeze_cannot_be_slipped_through(signed: Any, calendars: Any) -> None:
    assert refused_for(signed(CALENDAR).verify(calendars=calendars)) == ["calendar closing"]


def test_a_freeze_in_the_policy_itself_needs_no_file(signed: Any) -> None:
    inline = CALENDAR.replace('file = "closing.ics"', f'ical = """{MONTH_END.decode()}"""'.replace("\r\n", "\n"))
    run = signed(inline)
    assert refused_for(run.verify()) == ["calendar closing"]
    assert refused_for(run.verify(calendars={"closing": HOLIDAY})) == ["calendar closing"]
