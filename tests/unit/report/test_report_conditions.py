"""Conditions, rights and the ledger on the page: what each came to, and who has still to act."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest

from odoo_gate.model import CheckResult, Metric, Outcome, Reason, ReleaseSubject, Status, Verdict
from odoo_gate.report import (
    AnswerLine,
    CalendarLine,
    Conditions,
    ManualLine,
    ObjectiveLine,
    OverrideTerms,
    Report,
    RightsMatrix,
    ScoreLine,
    Unreadable,
    WaiverLine,
    render_html,
    who_acts,
)
from odoo_gate.report.ledger import ledger
from odoo_gate.report.rights import rights_view

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
GO = Verdict(Status.GO, "production")
NO_GO = Verdict(Status.NO_GO, "production", (Reason("manual.payroll", Outcome.ERRORED, "nobody has answered"),))
QUESTION = ManualLine("manual.payroll", "Was a payroll run checked?", ("finance", "hr"), "release", ())


def result(check: str) -> CheckResult:
    return CheckResult(check, "", Outcome.PASSED, NOW, 1.5)


def report(verdict: Verdict, *results: CheckResult) -> Report:
    return Report(
        verdict=verdict,
        subject=ReleaseSubject("Bouw", "19.0", "production", "", False, {}, (), "e" * 64),
        results=results,
        demands=(),
        excused=(),
        waivers=(),
        run="20261121-1200",
        tool_version="0.1.0",
        started=NOW - timedelta(minutes=7),
        judged=NOW,
        valid_until=NOW + timedelta(hours=24),
        key_fingerprint="f" * 64,
        evidence_files=9,
    )


def text(shown: Report) -> str:
    """What stands on the page, without its elements, its style and its script."""
    body = re.sub(r"<(style|script)\b.*?</\1>", "", render_html(shown), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", body)))


def test_an_unanswered_question_names_those_whom_it_is_asked_of():
    shown = text(replace(report(NO_GO, result("run.complete")), conditions=Conditions(manual=(QUESTION,))))
    assert "Next to act: somebody of finance or hr." in shown
    assert "Was a payroll run checked? manual.payroll finance or hr, about the release unanswered nobody" in shown
    assert "odoo-gate attest manual.payroll" in shown


def test_an_answer_names_person_and_end_and_says_when_it_ends_soon():
    answer = AnswerLine("bram", "hr", "done for November", NOW - timedelta(days=1), NOW + timedelta(days=3), True)
    line = replace(QUESTION, answers=(answer,))
    shown = text(replace(report(GO, result("manual.payroll")), conditions=Conditions(manual=(line,))))
    assert "done for November bram (hr), 20 Nov 2026, 12:00 UTC 24 Nov 2026, 12:00 UTC soon" in shown
    assert "bram, or somebody else of finance or hr: answer anew" in shown


def test_objectives_show_what_was_measured_and_what_it_cost():
    lost = ObjectiveLine("speed", "load.objectives", "p95 at most 3", "at most 4", "p95 is 5", "fail", 0.0, 10, False)
    won = ObjectiveLine("space", "recovery.backup", "bytes at most 9", "", "bytes is 5", "pass", 30.0, 30, True)
    conditions = Conditions(objectives=(lost, won), score=ScoreLine(75.0, 90.0))
    shown = text(replace(report(GO, result("load.objectives")), conditions=conditions))
    assert "75.0 of 100 points ; 90 are demanded" in shown
    assert "(tolerated at most 4) p95 is 5 fail 0 10 the developers of the change, with operations" in shown
    assert "space veto recovery.backup bytes at most 9 bytes is 5 pass 30 30 –" in shown
    unknown = replace(conditions, score=ScoreLine(None, 90.0))
    assert "No score , because not everything was measured" in text(replace(report(GO), conditions=unknown))


@pytest.mark.parametrize(
    ("judged", "beyond", "said"),
    [
        (GO, (), "This verdict needs none."),
        (NO_GO, ("manual.payroll",), "Not this time: nobody may override manual.payroll ."),
        (NO_GO, (), "They could here: odoo-gate override . The verdict stays NO-GO"),
    ],
    ids=["go", "beyond", "possible"],
)
def test_who_may_override_and_whether_that_is_of_use(judged: Verdict, beyond: tuple[str, ...], said: str):
    terms = OverrideTerms({"operations": 2}, ("load.*",), 4, beyond)
    shown = text(replace(report(judged, result("run.complete")), conditions=Conditions(override=terms)))
    assert "In an emergency 2 of operations may together answer for a deployment without a GO, for 4 h" in shown
    assert said in shown


def test_a_policy_without_conditions_says_so():
    shown = text(report(GO, result("run.complete")))
    for said in ("weighs no figures", "asks people for no answer", "nobody's approval", "names no calendar"):
        assert said in shown
    assert "Nobody may deploy here without a GO." in shown


@pytest.mark.parametrize(
    ("state", "soon", "step"),
    [
        ("used", False, "ada: mend it"),
        ("used", True, "ada: mend it, or ask anew before it ends"),
        ("unused", False, "ada: take it out of the policy"),
        ("expired", False, "ada: take it out of the policy"),
        ("not yet in force", False, "–"),
    ],
)
def test_a_waiver_says_who_acts(state: str, soon: bool, step: str):
    waiver = WaiverLine("W1", "load.peaks", "", "ada", "bram", "known", "T-1", date(2026, 12, 1), state, soon)
    assert waiver.next_step == step


def test_a_freeze_and_a_calendar_that_ran_out_say_who_acts():
    lines = (CalendarLine("year-end", "freeze", ("closing",), ""), CalendarLine("holidays", "freeze", (), ""))
    shown = text(replace(report(NO_GO, result("run.complete")), calendars=lines))
    assert "closing – whoever plans releases: wait until it ends" in shown
    assert "whoever keeps the calendar: enter the dates to come" in shown


def test_who_acts_is_known_for_every_family_and_for_those_of_others():
    assert who_acts("manual.payroll", {"manual.payroll": ("hr",)}) == "somebody of hr"
    assert who_acts("run.objectives") != who_acts("run.complete")
    assert who_acts("books.retention") == "whoever added these checks"


def test_rights_are_compared_cell_by_cell():
    now = {("buyer", "po"): "crud", ("clerk", "po"): "-r--", ("buyer", "partner"): "-r--*"}
    before = {("buyer", "po"): "cr--", ("clerk", "po"): "-r--", ("buyer", "partner"): "-r--*", ("clerk", "old"): "-r--"}
    view = rights_view(RightsMatrix(now, before))
    assert view.roles == ("buyer", "clerk")
    assert [(row.model, [(cell.was, cell.rights) for cell in row.cells]) for row in view.changed] == [
        ("old", [("", "----"), ("-r--", "----")]),
        ("po", [("cr--", "crud"), ("", "-r--")]),
    ]
    assert [row.model for row in view.same] == ["partner"]
    assert rights_view(RightsMatrix(now, None)).changed == ()


def test_the_page_shows_the_rights_that_change_and_says_when_it_cannot():
    seen = report(GO, result("security.rights"))
    shown = text(replace(seen, rights=RightsMatrix({("buyer", "po"): "crud"}, {("buyer", "po"): "cr--"})))
    assert "What this release changes: 1 model" in shown
    assert "po was cr-- is crud" in shown
    assert "Nothing is known of the baseline's." in text(replace(seen, rights=RightsMatrix({("a", "b"): "crud"}, None)))
    assert "Not shown: it cannot be read" in text(replace(seen, rights=Unreadable("it cannot be read")))


def test_the_ledger_has_a_line_for_every_drill_that_counted():
    figures = {
        "recovery_seconds": 1.5,
        "transactions": 13,
        "failed": 1,
        "acknowledged_lost": 2,
        "doubled": 0,
        "half": 0,
    }
    metrics = tuple(Metric(name, value, "s" if "seconds" in name else "1") for name, value in figures.items())
    drill = CheckResult("resilience.redis-loss", "", Outcome.FAILED, NOW, 1.0, "lost", metrics=metrics)
    (line,) = ledger([drill, result("resilience.worker-kill"), replace(drill, check="load.peaks")])
    assert [cell.text for cell in line.cells] == ["1.5 s", "not measured", "13", "1", "2", "0", "0"]
    assert [cell.bad for cell in line.cells] == [False] * 4 + [True, False, False]
