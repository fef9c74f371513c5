from __future__ import annotations

import json
from dataclasses import replace

import pytest

from odoo_gate.contracts.calls import call_findings, fault_findings, webhook_findings
from odoo_gate.contracts.calls.pacts import Interaction, Message, PactFile
from odoo_gate.contracts.calls.plays import Outcome, Play, Played, Step
from odoo_gate.contracts.calls.scenarios import AS_AGREED, scenarios_of
from odoo_gate.contracts.calls.webhooks import Received, Reported
from odoo_gate.model import Severity
from odoo_gate.settings.contracts import CallContract, WebhookContract
from odoo_gate.stack.counterpart import Heard

NOTHING = Message({}, None, "", {})
ORDER = Interaction("an order", "POST", "/orders", {}, NOTHING, 201, Message({}, '{"reference": "R"}', "x", {}))
REFUSED = replace(ORDER, description="a bad order", status=422)
PACT = PactFile("a.pact.json", "odoo", "portal", (ORDER,))
CALL = CallContract(
    name="portal", pact="a.pact.json", script="a.py", business_key="$.order", idempotency_header="Key",
    outcome="SELECT", delivered=["sent"],
)  # fmt: skip
HOOK = WebhookContract(
    name="reports", pact="a.pact.json", script="a.py", secret_parameter="s", signature_header="S", effect="SELECT"
)
SCENARIOS = {(each.fault, each.lasting): each for each in scenarios_of(CALL, ORDER)}
SENT, PENDING, FAILED = Outcome("sent", False), Outcome("pending", False), Outcome("failed", True)


def request(key="k", order="P1", commits=True):
    body = json.dumps({"order": order}).encode()
    return Heard(0, "POST", "/orders", "", (("Key", key),), body, 0.0, 201, "whole", commits)


def play(fault="down", lasting=False, *, heard=None, end=SENT, struck=None, **step):
    steps = (Step("send", 0.1, **step),)
    return Play(
        SCENARIOS[fault, lasting], "P1", steps, (end,), struck or {}, (request(),) if heard is None else tuple(heard)
    )


def rules(found):
    assert all(finding.severity is Severity.ERROR and finding.remedy for finding in found)
    return [finding.rule for finding in found]


def under_faults(*plays, contract=CALL):
    return rules(fault_findings([Played(contract, PACT, plays)], None))


def as_agreed(*plays, pact=PACT):
    return rules(call_findings([Played(CALL, pact, plays)], None))


def test_every_fault_is_a_scenario_and_a_refusal_has_none():
    assert len(SCENARIOS) == 1 + 11 + 3
    assert [each.fault for each in scenarios_of(CALL, REFUSED)] == [AS_AGREED]


def test_an_answer_without_body_cannot_be_halved():
    empty = replace(ORDER, response=NOTHING)
    assert "half-answer" not in {each.fault for each in scenarios_of(CALL, empty)}


def test_delivered_once_passes():
    assert under_faults(play()) == []
    assert as_agreed(play(AS_AGREED)) == []


def test_a_repetition_under_the_same_key_is_no_duplicate():
    assert under_faults(play(heard=[request(), request()])) == []


@pytest.mark.parametrize(
    ("played", "rule"),
    [
        (play(heard=[request("k1"), request("k2")]), "duplicated"),
        (play(heard=[request("")] * 2), "duplicated"),
        (play(heard=[request(order="P2")]), "wrong-business-key"),
        (play(heard=[request(commits=False)]), "lost-silently"),
        (play(end=PENDING), "not-retried"),
        (play(end=FAILED), "not-retried"),
        (play(hung=True), "hangs"),
        (play(end=Outcome(None, False, rows=0)), "no-outcome"),
        (play("latency", heard=[], end=PENDING, struck={"latency": 0}), "never-tried"),
        (play(lasting=True, heard=[], end=PENDING), "failed-silently"),
        (play("status-503", True, heard=[request(commits=False)]), "lost-silently"),
    ],
)
def test_each_flaw_under_faults_has_its_rule(played, rule):
    assert rule in under_faults(played)


def test_what_fails_visibly_while_a_fault_lasts_passes():
    assert under_faults(play(lasting=True, heard=[], end=FAILED)) == []


def test_without_idempotency_every_commit_counts():
    contract = CALL.model_copy(update={"idempotency_header": ""})
    assert under_faults(play(heard=[request(), request()]), contract=contract) == ["duplicated"]


def test_one_key_for_two_orders_is_found():
    other = replace(play("latency", heard=[request(order="P2")]), key="P2")
    assert under_faults(play(), other) == ["key-reused"]


@pytest.mark.parametrize(
    ("played", "rule"),
    [
        (play(AS_AGREED, heard=[]), "never-happened"),
        (play(AS_AGREED, end=PENDING), "not-delivered"),
        (play(AS_AGREED, heard=[replace(request(), path="/elsewhere")]), "wrong-request"),
    ],
)
def test_each_flaw_as_agreed_has_its_rule(played, rule):
    assert rule in as_agreed(played)


@pytest.mark.parametrize(("end", "expected"), [(FAILED, []), (PENDING, ["failed-silently"]), (SENT, ["lost-silently"])])
def test_what_the_counterpart_refuses_by_contract_must_be_seen(end, expected):
    (scenario,) = scenarios_of(CALL, REFUSED)
    refused = replace(play(AS_AGREED, heard=[request(commits=False)], end=end), scenario=scenario)
    assert as_agreed(refused, pact=replace(PACT, interactions=(REFUSED,))) == expected


def test_what_could_not_be_played_did_not_pass():
    for played in (Played(CALL, PACT, failure="KeyError: 'x'"), Played(CALL, PACT)):
        assert rules(call_findings([played], None)) == rules(fault_findings([played], None)) == ["not-played"]


def reports(**changed):
    sent = {"unsigned": (401, 0), "forged": (401, 0), "altered": (401, 0), "signed": (201, 1), "again": (200, 1)}
    return tuple(Reported(way, *each) for way, each in {**sent, **changed}.items())


def of_reports(sent):
    return rules(webhook_findings([Received(HOOK, PACT, {"an order": sent})], None))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (reports(), []),
        (reports(unsigned=(200, 1)), ["unsigned-accepted"]),
        (reports(forged=(401, 1)), ["forged-accepted"]),
        (reports(altered=(500, 0)), ["altered-accepted"]),
        (reports(signed=(200, 1)), ["wrong-status"]),
        (reports(signed=(201, 0), again=(200, 0)), ["lost-silently"]),
        (reports(again=(200, 2)), ["counted-twice"]),
        (reports(again=(409, 1)), ["repetition-refused"]),
    ],
)
def test_each_flaw_of_a_report_has_its_rule(sent, expected):
    assert of_reports(sent) == expected


def test_reports_that_were_not_sent_did_not_pass():
    assert rules(webhook_findings([Received(HOOK, PACT, {}, "no model")], None)) == ["not-played"]
    assert rules(webhook_findings([], None)) == ["no-webhooks"]
