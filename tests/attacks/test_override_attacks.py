"""The emergency door: it never says GO, it takes two people, and it is written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import people
import pytest

from odoo_gate.attest import new_signer
from odoo_gate.attest.override import OverrideV1, override_bundle
from odoo_gate.attest.record import Record
from odoo_gate.errors import ExitCode, SettingsError
from odoo_gate.model import CheckResult, Outcome
from odoo_gate.policy import load_policy

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RULES = """
[environments.production.override]
groups = { operations = 1, release-management = 1 }
checks = ["load.*", "run.calendar"]
valid_for_hours = 2
"""
GROUPS = {"bram": "operations", "ria": "release-management", "daan": "operations"}
SLOW = CheckResult("load.latency", "", Outcome.FAILED, NOW - timedelta(minutes=5), 1.0, "2.1 s")
LEAK = CheckResult("security.secrets", "", Outcome.FAILED, NOW - timedelta(minutes=5), 1.0, "a password")


class Emergency:
    """A run that is no GO, and those who may answer for it."""

    def __init__(self, run: Any, folder: Path) -> None:
        self.run, self.record = run, Record(folder / "record.jsonl")
        self.signers = {name: new_signer() for name in GROUPS}
        self.payload = run.file("readiness.json").read_bytes()

    def signed(self, name: str, signer: str = "", payload: bytes = b"", **changes: Any) -> bytes:
        fields = {
            "person": name,
            "group": GROUPS[name],
            "environment": "production",
            "reason": "payroll cannot be exported since nine",
            "ticket": "INC-118",
            "signed_on": NOW + timedelta(minutes=1),
            "expires_on": NOW + timedelta(hours=24),
        }
        return override_bundle(payload or self.payload, OverrideV1(**fields | changes), self.signers[signer or name])

    def both(self) -> tuple[bytes, ...]:
        return self.signed("bram"), self.signed("ria")

    def verify(self, *overrides: bytes, at: datetime = NOW + timedelta(minutes=30), **other: Any) -> Any:
        given = {
            "trust": people.trust_of(GROUPS, self.signers),
            "authors": frozenset({"daan@example.org"}),
            "record": self.record,
        }
        return self.run.verify(now=at, overrides=overrides, **given | other)


@pytest.fixture
def emergency(signed: Callable[..., Any], tmp_path: Path) -> Emergency:
    return Emergency(signed(RULES, SLOW), tmp_path)


def refused(verification: Any, *names: str) -> str:
    assert verification.exit_code is ExitCode.INVALID
    faults = [examined for examined in verification.examined if not examined.held]
    assert [fault.name for fault in faults] == [*(names or ("override",))]
    return str(faults[0].detail)


def test_two_people_open_the_door_and_it_is_no_go(emergency: Emergency) -> None:
    verification = emergency.verify(*emergency.both())
    assert verification.exit_code is ExitCode.OVERRIDDEN
    (said,) = [e.detail for e in verification.examined if e.name == "override"]
    assert said.startswith("NOT A GO")
    assert "bram (operations, INC-118): payroll cannot be exported" in said
    (entry,) = emergency.record.entries()
    assert (entry.event, entry.verdict.value) == ("overridden", "NO-GO")
    assert "ria (release-management" in entry.detail


def test_without_an_override_it_is_what_it_was(emergency: Emergency) -> None:
    assert emergency.verify().exit_code is ExitCode.NO_GO


def test_one_person(emergency: Emergency) -> None:
    assert "1 of release-management" in refused(emergency.verify(emergency.signed("bram")))


def test_one_person_for_two_groups(emergency: Emergency) -> None:
    second = emergency.signed("bram", group="release-management")
    assert "does not belong to release-management" in refused(emergency.verify(emergency.signed("bram"), second))


def test_the_author(emergency: Emergency) -> None:
    assert "made the change" in refused(emergency.verify(emergency.signed("daan"), emergency.signed("ria")))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"signer": "ria"}, "not made by the key"),
        ({"payload": b"another report"}, "overrode another report"),
        ({"environment": "qa"}, "overrode it for qa"),
        ({"signed_on": NOW - timedelta(minutes=1)}, "before it was judged"),
        ({"signed_on": NOW + timedelta(hours=3)}, "in the future"),
        ({"expires_on": NOW + timedelta(minutes=20)}, "expired"),
    ],
    ids=["another's key", "another report", "another environment", "before", "ahead", "expired"],
)
def test_one_that_does_not_count(emergency: Emergency, changes: dict[str, Any], reason: str) -> None:
    detail = refused(emergency.verify(emergency.signed("bram", **changes), emergency.signed("ria")))
    assert "still lacking 1 of operations" in detail
    assert reason in detail


def test_it_is_over_after_the_policys_hours(emergency: Emergency) -> None:
    late = emergency.verify(*emergency.both(), at=NOW + timedelta(hours=2, minutes=2))
    assert "signed more than 2 h ago" in refused(late)


@pytest.mark.parametrize(
    ("left_out", "asked"),
    [({"record": None}, "--record"), ({"trust": None}, "--trust"), ({"authors": frozenset()}, "--author")],
    ids=["record", "trust", "authors"],
)
def test_what_is_left_unsaid(emergency: Emergency, left_out: dict[str, Any], asked: str) -> None:
    assert asked in refused(emergency.verify(*emergency.both(), **left_out))


def test_a_reason_that_nobody_may_override(signed: Callable[..., Any], tmp_path: Path) -> None:
    leak = Emergency(signed(RULES, SLOW, LEAK), tmp_path)
    assert "nobody may override security.secrets" in refused(leak.verify(*leak.both()))


def test_a_policy_without_an_emergency_door(signed: Callable[..., Any], tmp_path: Path) -> None:
    closed = Emergency(signed("", SLOW), tmp_path)
    assert "knows no emergency override" in refused(closed.verify(*closed.both()))


def test_nothing_to_override(signed: Callable[..., Any], tmp_path: Path) -> None:
    fine = Emergency(signed(RULES), tmp_path)
    assert "nothing to override" in refused(fine.verify(*fine.both()))


def test_an_override_opens_no_other_door(emergency: Emergency) -> None:
    """Another image, another commit, other files, evidence that was touched: still refused."""
    images = dict(emergency.run.deployment.images) | {"odoo": f"sha256:{'f' * 64}"}
    assert refused(emergency.verify(*emergency.both(), images=images), "image odoo")
    emergency.run.file("logs/odoo.log").write_text("tidied up\n")
    assert refused(emergency.verify(*emergency.both()), "evidence")


FREEZE = """
[[environments.production.calendars]]
name = "closing"
timezone = "Europe/Amsterdam"
ical = '''BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//y//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART:20261121T132000
DTEND:20261121T180000
SUMMARY:closing
END:VEVENT
END:VCALENDAR
'''
"""


def test_a_freeze_is_overridden_and_no_go(signed: Callable[..., Any], tmp_path: Path) -> None:
    frozen = Emergency(signed(RULES + FREEZE), tmp_path)
    assert refused(frozen.verify(), "calendar closing")
    assert frozen.verify(*frozen.both()).exit_code is ExitCode.OVERRIDDEN


def test_until_somebody_looked_into_it_nothing_else_goes(emergency: Emergency, go: Any) -> None:
    assert emergency.verify(*emergency.both()).exit_code is ExitCode.OVERRIDDEN
    later = go.verify(record=emergency.record)
    assert "never looked into" in refused(later, "review")
    overridden = emergency.record.unreviewed("Hollander Bouw", "production")
    assert overridden is not None
    emergency.record.append_review(overridden, NOW, "anna: PIR-7, the export is tested from now on")
    assert go.verify(record=emergency.record).exit_code is ExitCode.GO


@pytest.mark.parametrize(
    "rules",
    ["groups = { operations = 1 }", "groups = {}", "groups = { operations = 2 }\nvalid_for_hours = 48"],
    ids=["one person", "nobody", "two days"],
)
def test_a_door_too_wide(rules: str) -> None:
    door = f'[environments.p.override]\nchecks = ["load.*"]\n{rules}\n'
    with pytest.raises(SettingsError):
        load_policy(f'version = 1\n[environments.p]\ndemands = ["run.complete"]\n{door}'.encode())
