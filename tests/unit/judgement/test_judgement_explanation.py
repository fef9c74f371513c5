"""What blocks a release, what would change it, and who must act."""

from __future__ import annotations

from datetime import UTC, datetime

from odoo_gate.judgement import explain
from odoo_gate.model import CheckResult, Finding, Outcome, Status

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POLICY = b"""
version = 1
[environments.production]
demands = ["run.complete", "security.code", "recovery.restore", "recovery.rto"]
not_waivable = ["recovery.*", "run.*"]
"""
HOLE = Finding("unsafe-route", "the route trusts its caller", remedy="check the signature")


def result(check, outcome=Outcome.PASSED, *findings):
    return CheckResult(check, "", outcome, NOW, 1.0, "" if outcome is Outcome.PASSED else "because", findings)


def blockers(*results):
    return explain(POLICY, "production", results, NOW).blockers


def test_a_go_has_no_blocker():
    whole = [result(check) for check in ("run.complete", "security.code", "recovery.restore", "recovery.rto")]
    explanation = explain(POLICY, "production", whole, NOW)
    assert (explanation.verdict.status, explanation.blockers) == (Status.GO, ())


def test_what_failed_comes_with_its_findings_and_every_way_out():
    first, *_ = blockers(result("security.code", Outcome.FAILED, HOLE))
    assert [finding for _, finding in first.errors] == [HOLE]
    assert "security" in first.who
    assert [way.split()[0] for way in first.ways] == ["mend", "or"]


def test_a_waiver_that_covers_too_few_says_how_many_there_are():
    waiver = f"""
[[environments.production.waivers]]
id = "W-12"
check = "security.code"
finding = "{HOLE.fingerprint}"
owner = "anna"
approver = "joost"
reason = "r"
ticket = "t"
created = 2026-11-01
expires = 2026-11-30
"""
    twice = result("security.code", Outcome.FAILED, HOLE, HOLE)
    first, *_ = explain(POLICY + waiver.encode(), "production", [twice], NOW).blockers
    assert "`count = 2` approved in waiver W-12" in first.ways[-1]


def test_what_cannot_be_waived_says_so():
    lost = Finding("attachment-lost", "a file is gone")
    first, *_ = blockers(result("recovery.restore", Outcome.FAILED, lost))
    assert first.who.startswith("operations")
    assert first.ways[-1] == "it cannot be waived in this environment"


def test_a_failure_without_a_finding_offers_no_waiver():
    first, *_ = blockers(result("security.code", Outcome.FAILED))
    assert not any("waiver" in way for way in first.ways)


def test_a_freeze_is_waited_for():
    first, *_ = blockers(result("run.calendar", Outcome.FAILED, Finding("frozen", "month-end")))
    assert first.ways == ("wait until the freeze ends, then run the gate again",)


def test_what_never_ran_is_told_once_a_family():
    found = blockers(result("run.complete"))
    assert [each.reason.check for each in found] == ["security.*", "recovery.*"]
    assert "recovery.restore, recovery.rto" in found[1].reason.message


def test_a_demand_that_failed_is_told_once():
    found = blockers(result("run.complete"), result("security.code", Outcome.FAILED, HOLE))
    assert [blocker.reason.check for blocker in found] == ["security.code", "recovery.*"]


def test_a_question_to_people_names_them_and_the_command():
    asked = b'[[environments.production.manual]]\ncheck = "manual.rota"\nquestion = "Who?"\ngroups = ["operations"]\n'
    unanswered = result("manual.rota", Outcome.ERRORED)
    (first, *_) = explain(POLICY + asked, "production", [unanswered], NOW).blockers
    assert first.who == "somebody of operations"
    assert first.ways == ("answer it: odoo-gate attest manual.rota, then run the gate (or odoo-gate judge) again",)


def test_a_setting_beyond_the_policy_is_for_two_to_settle():
    first, *_ = blockers(result("run.settings", Outcome.FAILED, Finding("beyond-limit", "tenancy.companies is ...")))
    assert "answers for the policy" in first.who
    assert first.ways[-1] == "it cannot be waived in this environment"
