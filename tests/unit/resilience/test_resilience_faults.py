"""What the faults say of what they saw, without a stack."""

from __future__ import annotations

import pytest

from odoo_gate.resilience.degraded import degraded_findings
from odoo_gate.resilience.identity import Sight, Watched
from odoo_gate.resilience.reports import Repeated, Report, repetition_findings
from odoo_gate.settings.contracts import WebhookContract
from odoo_gate.settings.resilience import ResilienceSettings

CONTRACT = WebhookContract(
    name="reports",
    pact="reports.pact.json",
    script="reports.py",
    secret_parameter="desk.secret",
    signature_header="X-Signature",
    effect="SELECT count(*) FROM note WHERE ref = %(event)s",
)
REPORT = Report(CONTRACT, "/report", {"event": "e-1", "order": "SO-1"}, "secret")


def repeated(effect: int, *statuses: int | None) -> Repeated:
    return Repeated(REPORT, "twice", statuses, effect)


@pytest.mark.parametrize(
    ("told", "rules"),
    [
        ([repeated(1, 200, 200)], []),
        ([repeated(1, None, 200)], []),
        ([repeated(2, 200, 200)], ["counted-twice"]),
        ([repeated(0, 200, 200)], ["acknowledged-lost"]),
        ([repeated(0, 500, 500)], ["report-refused"]),
        ([repeated(1, 200, 500)], ["repetition-refused"]),
        ([repeated(1, 200, None)], ["repetition-refused"]),
        ([], ["no-effect"]),
    ],
)
def test_a_report_counts_once_and_is_taken_for_done(told, rules):
    assert [finding.rule for finding in repetition_findings(told)] == rules


def test_a_variant_is_another_report_of_the_same_thing():
    assert REPORT.variant("-2").body == {"event": "e-1-2", "order": "SO-1"}


CRONS = {1: "Mails", 2: "Digest", 3: "Orders"}


@pytest.mark.parametrize(
    ("paused", "after", "rules"),
    [
        ({3: "Orders"}, CRONS, []),
        ({2: "Digest", 3: "Orders"}, CRONS, ["not-paused"]),
        ({}, CRONS, ["essential-paused"]),
        ({3: "Orders"}, {1: "Mails", 3: "Orders"}, ["not-resumed"]),
        ({3: "Orders"}, {**CRONS, 4: "Old"}, ["resumed-too-much"]),
    ],
)
def test_degraded_mode_stops_and_brings_back_exactly_the_rest(paused, after, rules):
    assert [finding.rule for finding in degraded_findings(CRONS, paused, after, {3: "x.orders"})] == rules


def test_nothing_to_pause_is_no_drill():
    found = degraded_findings({3: "Orders"}, {3: "Orders"}, {3: "Orders"}, {3: "x.orders"})
    assert [finding.rule for finding in found] == ["no-effect"]


def test_somebody_elses_session_is_a_mix_up_and_nobodys_is_not():
    watched = Watched("http://127.0.0.1", "db")
    watched.sights += [Sight(1.0, "ann", 7, 7), Sight(2.0, "ann", 7, None), Sight(3.0, "ann", 7, 8)]
    assert [sight.uid for sight in watched.mixed_up] == [8]
    assert watched.lost_since(1.5) == 1


def test_an_old_session_is_answered_also_by_turning_it_away():
    watched = Watched("http://127.0.0.1", "db")
    watched.sights += [
        Sight(1.0, "ann", 7, 7),
        Sight(2.0, "ann", 7, None, "ConnectionError"),
        Sight(3.0, "ann", 7, None, "HTTP 200"),
        Sight(4.0, "bob", 8, None, "HTTP 500"),
    ]
    assert watched.known == 1
    assert watched.answers("ann", since=1.5) == 1
    assert watched.answers("bob", since=1.5) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_recovery_seconds": {"earthquake": 1}},
        {"max_recovery_seconds": {"odoo-kill": 0}},
        {"arrivals_per_minute": 0},
        {"parallel_reports": 1},
        {"degraded": {"essential": ["no dots"]}},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match="validation error"):
        ResilienceSettings(**wrong)
