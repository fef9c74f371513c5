"""Waivers: one finding, for a while, granted by somebody else; everything else still blocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from odoo_gate.errors import SettingsError
from odoo_gate.model import CheckResult, Finding, Outcome, Place, Severity, Status
from odoo_gate.policy import WaiverState, judge, load_policy, review, valid_until, waivers_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KNOWN = Finding("unsafe-route", "the route /supplier trusts its caller")
OTHER = Finding("unsafe-route", "the route /invoice trusts its caller")
WARNING = Finding("old-route", "long known", Severity.WARNING)
FIELDS = {
    "id": "W-1",
    "check": "security.code",
    "target": "construction_portal",
    "finding": KNOWN.fingerprint,
    "owner": "Anna de Wit",
    "approver": "Joost Bakker",
    "reason": "behind the VPN until the portal is replaced",
    "ticket": "SEC-12",
    "created": date(2026, 11, 1),
    "expires": date(2026, 11, 30),
}


def policy(**changes: object):
    lines = [f"{key} = {_toml(value)}" for key, value in {**FIELDS, **changes}.items()]
    text = '[environments.production]\ndemands = ["security.*"]\n[[environments.production.waivers]]\n'
    return load_policy("\n".join(["version = 1", text, *lines]).encode())


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, date | int | float) else f'"{value}"'


def failed(*findings: Finding, target: str = "construction_portal", check: str = "security.code") -> CheckResult:
    return CheckResult(check, target, Outcome.FAILED, NOW, 1.0, "it failed", findings)


def status(result: CheckResult, at: datetime = NOW, **changes: object) -> Status:
    return judge(policy(**changes), "production", [result], at).status


def test_a_waived_finding_does_not_block_and_meets_the_demand():
    assert status(failed(KNOWN, WARNING)) is Status.GO


@pytest.mark.parametrize(
    "result",
    [
        failed(KNOWN, OTHER),
        failed(OTHER),
        failed(),
        failed(KNOWN, target="construction_procurement"),
        failed(KNOWN, check="security.lint"),
    ],
    ids=["one more", "another", "no finding", "another target", "another check"],
)
def test_whatever_is_not_exactly_waived_blocks(result):
    assert status(result) is Status.NO_GO


@pytest.mark.parametrize(
    ("found", "count", "expected"),
    [(1, 1, Status.GO), (2, 1, Status.NO_GO), (2, 2, Status.GO), (1, 2, Status.GO), (3, 2, Status.NO_GO)],
)
def test_a_waiver_covers_as_many_of_its_finding_as_it_says(found, count, expected):
    """A fingerprint has no line: what was waived once and is written again elsewhere in the file has the same."""
    places = [Place("addons/construction_portal/portal.py", line) for line in range(1, found + 1)]
    finding = replace(KNOWN, place=places[0])
    result = failed(*(replace(KNOWN, place=place) for place in places))
    assert status(result, finding=finding.fingerprint, count=count) is expected


def test_it_counts_errors_only():
    assert status(failed(KNOWN, replace(KNOWN, severity=Severity.WARNING))) is Status.GO


def test_two_waivers_of_one_finding_do_not_add_up():
    (waiver,) = policy().rules("production").waivers
    renewed = waiver.model_copy(update={"id": "W-2", "expires": date(2026, 12, 31)})
    assert waivers_of([waiver, renewed], failed(KNOWN, KNOWN), NOW) == ()
    assert len(waivers_of([waiver, renewed], failed(KNOWN), NOW)) == 1


def test_what_could_not_be_completed_cannot_be_waived():
    broken = CheckResult("security.code", "construction_portal", Outcome.ERRORED, NOW, 1.0, "died", (KNOWN,))
    assert status(broken) is Status.INCONCLUSIVE


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), Status.NO_GO),
        (datetime(2026, 11, 1, tzinfo=UTC), Status.GO),
        (datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC), Status.GO),
        (datetime(2026, 12, 1, tzinfo=UTC), Status.NO_GO),
        (datetime(2026, 12, 1, 1, tzinfo=UTC).astimezone(), Status.NO_GO),
    ],
    ids=["before", "first moment", "last moment", "after", "after, said in another zone"],
)
def test_it_holds_from_its_first_day_to_its_last(at, expected):
    assert status(failed(KNOWN), at) is expected


@pytest.mark.parametrize(
    "changes",
    [
        {"approver": "anna DE wit"},
        {"expires": date(2027, 1, 31)},
        {"expires": date(2026, 10, 31)},
        {"expires": "2026-11-31"},
        {"expires": "2026-11-30"},
        {"finding": "*"},
        {"check": "security.*"},
        {"reason": " "},
        {"ticket": ""},
        {"check": "run.snapshot"},
        {"count": 0},
        {"count": -1},
        {"count": 1.5},
        {"count": "2"},
        {"count": True},
        {"because": "unknown key"},
    ],
    ids=lambda changes: "-".join(f"{key}={value}" for key, value in changes.items()),
)
def test_a_malformed_waiver_is_refused(changes):
    with pytest.raises(SettingsError, match=r"waivers|waiver W-1"):
        policy(**changes)


def test_a_waiver_is_listed_with_what_became_of_it():
    used = review(policy().rules("production").waivers, [failed(KNOWN)], NOW)
    assert [(each.state, each.soon) for each in used] == [(WaiverState.USED, False)]
    for at, state, soon in (
        (NOW, WaiverState.UNUSED, False),
        (datetime(2026, 11, 25, tzinfo=UTC), WaiverState.UNUSED, True),
        (datetime(2026, 12, 2, tzinfo=UTC), WaiverState.EXPIRED, False),
        (datetime(2026, 10, 2, tzinfo=UTC), WaiverState.NOT_YET, False),
    ):
        (each,) = review(policy().rules("production").waivers, [], at)
        assert (each.state, each.soon) == (state, soon)


def test_a_verdict_does_not_outlive_the_waiver_it_needed():
    rules = policy(expires=date(2026, 11, 21)).rules("production")
    assert valid_until(rules, [failed(KNOWN)], NOW, NOW) == datetime(2026, 11, 22, tzinfo=UTC)
    assert valid_until(rules, [], NOW, NOW) == NOW + timedelta(hours=24)
