"""Peaks judged by what was told and by what is in the database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from odoo_gate.load.diagnosis import Facts
from odoo_gate.load.diagnosis.judgement import diagnose
from odoo_gate.load.diagnosis.model import Machine, Moment, Queues, WorkerLife
from odoo_gate.load.errors import Inconclusive
from odoo_gate.load.objectives import (
    check_generator,
    objective_findings,
    objective_of,
    peak_metrics,
    result_findings,
    where_time_went,
)
from odoo_gate.load.peaks import Peak, Peaks, plan_of, plans_of
from odoo_gate.load.pictures import business_results, peak_distributions
from odoo_gate.model import Metric, Severity
from odoo_gate.settings.performance import LoadObjective, LoadSettings
from odoo_gate.traffic import Entry, Ledger, Outcome, Sample, Traffic, load_profiles

PROFILE = load_profiles()["month-end"]
POSTED = Metric("posted per minute", 20.0, "1/min")
FACTS = Facts(
    10.0, (Moment(1.0, 2, 1, {}, 0),), (), (), (), WorkerLife(frozenset({7, 8}), 0, (), (), 0, 0),
    Machine(2, 0.5, 1.0, 0.9, 1, 1, 1), None, Queues({}),
)  # fmt: skip
CALM = diagnose(FACTS)


def sample(number=0, seconds=0.5, outcome=Outcome.ACKNOWLEDGED, error=""):
    return Sample("month-end", "post-invoice", f"i{number}", "u", 10.0, 10.0, 10.0 + seconds, outcome, error)


def peak(samples=None, entries=None, metrics=((POSTED, None),), lag=0.01, waits=0, profile=PROFILE):
    samples = tuple(samples or [sample(number) for number in range(20)])
    entries = tuple(entries if entries is not None else [Entry(each, 1, 1, 0) for each in samples])
    traffic = Traffic(samples, lag, 0.2, 10.0, 70.0, len(samples), Path("x"))
    return Peak(profile, traffic, Ledger(entries), metrics, waits, CALM)


def said(one, own=None):
    return {finding.rule for finding in objective_findings(Peaks((one,), {}), own or {})}


def test_a_good_peak_has_no_findings():
    assert said(peak()) == set()
    assert result_findings(Peaks((peak(),), {})) == []


def test_an_answer_that_refuses_is_found_though_http_says_200():
    refused = [sample(n, outcome=Outcome.REFUSED, error="UserError: closed") for n in range(2)]
    found = objective_findings(Peaks((peak([*refused, *(sample(n) for n in range(18))]),), {}), {})
    assert [finding.rule for finding in found] == ["refused"]
    assert "UserError: closed" in found[0].message


def test_no_answer_is_found():
    assert said(peak([sample(), sample(outcome=Outcome.UNKNOWN)])) == {"no-answer"}


def test_a_slow_transaction_is_found():
    assert said(peak([sample(n, seconds=6.0 if n < 3 else 0.1) for n in range(20)])) == {"too-slow"}
    assert said(peak([sample(seconds=6.0)]), {"month-end": LoadObjective(p95_seconds=7)}) == set()


def test_too_little_posted_is_found():
    assert said(peak(metrics=((replace(POSTED, value=2.0), None),))) == {"objective-missed"}


def test_an_objective_that_was_not_measured_is_missed():
    own = {"month-end": LoadObjective(at_most={"hours lost": 0})}
    assert said(peak(), own) == {"objective-missed"}


def test_a_wrong_total_is_found():
    assert said(peak(metrics=((POSTED, None), (Metric("debit minus credit", 0.01, "1"), 0.0)))) == {"wrong-result"}


def test_long_waits_for_locks_are_found():
    assert said(peak(waits=4)) == {"lock-held"}
    assert said(peak(waits=3)) == set()


def test_nothing_driven_is_an_error():
    nothing = Peaks((), {"tender": "needs the modules sale"})
    assert {finding.rule for finding in objective_findings(nothing, {})} == {"nothing-driven"}
    assert {finding.rule for finding in result_findings(nothing)} == {"nothing-driven"}


def test_an_objective_of_what_was_not_driven_is_an_error():
    peaks = Peaks((peak(),), {"tender": "needs the modules sale"})
    found = objective_findings(peaks, {"tender": LoadObjective()})
    assert [finding.rule for finding in found] == ["objective-not-judged"]


def test_an_objective_of_a_profile_that_does_not_exist_is_an_error():
    (finding,) = objective_findings(Peaks((peak(),), {}), {"month-ned": LoadObjective()})
    assert finding.message == "gate.toml has an objective for month-ned, which is no profile"


def test_refusals_and_silence_count_together():
    samples = [sample(n) for n in range(18)] + [
        sample(18, outcome=Outcome.REFUSED),
        sample(19, outcome=Outcome.UNKNOWN),
    ]
    assert said(peak(samples), {"month-end": LoadObjective(max_refused_share=0.05)}) == {"refused", "no-answer"}
    assert said(peak(samples), {"month-end": LoadObjective(max_refused_share=0.1)}) == set()


@pytest.mark.parametrize(("entry", "rule"), [((0, 0, 0), "lost"), ((2, 2, 0), "doubled"), ((1, 1, 1), "half")])
def test_what_is_not_there_once_and_whole_is_found(entry, rule):
    entries = [Entry(sample(1), 1, 1, 0), Entry(sample(2), *entry)]
    assert {finding.rule for finding in result_findings(Peaks((peak(entries=entries),), {}))} == {rule}


def test_nothing_acknowledged_is_an_error():
    entries = [Entry(sample(1, outcome=Outcome.REFUSED), 0, 0, 0)]
    assert {finding.rule for finding in result_findings(Peaks((peak(entries=entries),), {}))} == {
        "nothing-acknowledged"
    }


def test_a_late_generator_voids_the_peaks():
    check_generator(Peaks((peak(),), {}))
    with pytest.raises(Inconclusive, match="could not keep to its schedule"):
        check_generator(Peaks((peak(lag=0.3),), {}))


def test_own_objectives_replace_the_defaults():
    assert objective_of("month-end", {}).at_least == {"posted per minute": 8}
    assert objective_of("month-end", {"month-end": LoadObjective()}).at_least == {}


def test_every_number_is_a_metric():
    names = {metric.name for metric in peak_metrics(peak())}
    assert {"month-end: posted per minute", "month-end: post-invoice p95", "month-end: transactions"} <= names
    assert {"month-end: busy workers", "month-end: longest lock wait", "month-end: retries"} <= names


def test_where_the_time_went_is_told_and_fails_nothing():
    (finding,) = where_time_went(Peaks((peak(),), {}))
    assert (finding.rule, finding.severity) == ("saturated", Severity.NOTE)
    assert finding.message.startswith("month-end: workers: 100% in use")


def test_a_long_piece_of_work_has_a_limit_of_its_own_and_does_not_count_among_the_others():
    long = replace(PROFILE.transactions[0], p95_seconds=30.0)
    profile = replace(PROFILE, transactions=(long, *PROFILE.transactions[1:]))
    usual = [replace(sample(n), transaction="post-bill") for n in range(4)]
    assert said(peak([*usual, sample(9, seconds=29.0)], profile=profile)) == set()
    assert said(peak([*usual, sample(9, seconds=31.0)], profile=profile)) == {"too-slow"}
    assert said(peak([*usual, replace(sample(9, seconds=6.0), transaction="post-bill")], profile=profile)) == {
        "too-slow"
    }


def test_quick_drives_fewer_profiles_and_all_are_driven_else():
    assert len(plans_of(LoadSettings(), 1)) == len(load_profiles()) >= 8
    assert len(plans_of(LoadSettings(profile="quick"), 1)) == 3


def test_every_kind_of_transaction_happens():
    assert plan_of(PROFILE, 5.0, 1).fixed_work >= len(PROFILE.transactions)


def test_pictures_show_latency_and_what_was_posted():
    picture = peak_distributions(peak(), {})
    assert picture is not None
    assert picture.lines[0].name == "post-invoice"
    assert business_results([peak()]).lines[0].points == ((20.0,),)
    assert business_results([peak(metrics=())]) is None
