"""What a report is rendered from: the pictures and calendars of the run folder, and the runs before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from odoo_gate.attest import new_signer
from odoo_gate.attest.statement import sha256
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import assemble, earlier_runs, runs_folder
from odoo_gate.judgement.pictures import read_pictures
from odoo_gate.model import CheckResult, Outcome, ReleaseSubject, Status
from odoo_gate.picture import Line, Picture, Shape
from odoo_gate.report import Unreadable

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POLICY = b'version = 1\n[environments.production]\ndemands = ["run.complete"]\n'
SUBJECT = ReleaseSubject("Bouw", "19.0", "production", "c" * 40, False, {"a": "d" * 64}, (), sha256(POLICY))
BARS = Picture(Shape.BARS, "Bars", "One bar.", "seconds", "what", (Line("a", ((1.0,),)),))
SIGNER = new_signer()


def result(outcome: Outcome = Outcome.PASSED, *artifacts: str) -> CheckResult:
    reason = "" if outcome is Outcome.PASSED else "1 != 2"
    return CheckResult("tests.a", "", outcome, NOW - timedelta(minutes=5), 1.0, reason, artifacts=artifacts)


def judged(root: Path, name: str, at: datetime, *results: CheckResult, subject: ReleaseSubject = SUBJECT) -> Path:
    folder = runs_folder(root) / name
    writer = EvidenceWriter(folder / "evidence.jsonl")
    for each in (*results, replace(result(), check="run.complete")):
        writer.write(each)
    before = earlier_runs(root, subject.project).runs
    assemble(folder, subject, b"0  a\n", POLICY, SIGNER, at, earlier=before)
    return folder


def test_a_picture_is_read_and_one_that_is_none_says_why(tmp_path: Path) -> None:
    (tmp_path / "good.picture.json").write_text(BARS.to_json())
    (tmp_path / "bad.picture.json").write_text('{"shape": "pie"}')
    found = read_pictures(tmp_path, [result(Outcome.PASSED, "good.picture.json", "bad.picture.json", "log.txt")])
    assert found["good.picture.json"] == BARS
    assert isinstance(found["bad.picture.json"], Unreadable)
    assert found.keys() == {"good.picture.json", "bad.picture.json"}


def test_a_picture_that_is_gone_says_so(tmp_path: Path) -> None:
    (found,) = read_pictures(tmp_path, [result(Outcome.PASSED, "gone.picture.json")]).values()
    assert isinstance(found, Unreadable)
    assert "cannot be read" in found.why


def test_without_the_extra_the_page_shows_the_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    folder = runs_folder(tmp_path) / "1"
    folder.mkdir(parents=True)
    (folder / "b.picture.json").write_text(BARS.to_json())
    judged(tmp_path, "1", NOW, result(Outcome.PASSED, "b.picture.json"))
    html = (folder / "report.html").read_text()
    assert "Not drawn: pip install &#39;odoo-gate[report]&#39; draws it" in html
    assert "One bar." in html


def test_earlier_runs_come_newest_first_and_only_of_this_project(tmp_path: Path) -> None:
    judged(tmp_path, "1", NOW, result())
    judged(tmp_path, "2", NOW + timedelta(hours=1), result(Outcome.FAILED))
    judged(tmp_path, "3", NOW, result(), subject=replace(SUBJECT, project="Other"))
    found = earlier_runs(tmp_path, "Bouw")
    assert [(run.run, run.status) for run in found.runs] == [("2", Status.NO_GO), ("1", Status.GO)]
    assert [run.run for run in earlier_runs(tmp_path, "Bouw", most=1).runs] == ["2"]


def test_what_holds_no_verdict_or_a_damaged_one_is_told(tmp_path: Path) -> None:
    (runs_folder(tmp_path) / "1").mkdir(parents=True)
    damaged = judged(tmp_path, "2", NOW, result()) / "readiness.json"
    damaged.write_text("{}")
    found = earlier_runs(tmp_path, "Bouw")
    assert (found.runs, found.unjudged) == ((), 1)
    assert found.unreadable[0].startswith("2: ")


def test_no_runs_at_all(tmp_path: Path) -> None:
    assert earlier_runs(tmp_path, "Bouw").runs == ()


def test_the_report_says_that_a_failure_is_flaky_and_known(tmp_path: Path) -> None:
    for number, outcome in enumerate((Outcome.PASSED, Outcome.FAILED, Outcome.FAILED)):
        folder = judged(tmp_path, f"run-{number}", NOW + timedelta(minutes=number), result(outcome))
    html = (folder / "report.html").read_text()
    assert "Failed in the same way before: run run-1" in html
    assert "Flaky: passed and did not pass on one and the same candidate" in html
    assert "<td>run-0</td><td>run-2, run-1</td>" in html


CALENDAR = b"""
[[environments.production.calendars]]
name = "month-end"
timezone = "Europe/Amsterdam"
ical = '''BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//a//b//EN\r
BEGIN:VEVENT\r
UID:1@a\r
DTSTAMP:20261101T000000Z\r
DTSTART;TZID=Europe/Amsterdam:20261130T180000\r
DTEND;TZID=Europe/Amsterdam:20261203T080000\r
SUMMARY:Closing\r
END:VEVENT\r
END:VCALENDAR\r
'''
"""


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW, "<td>free</td><td>30 Nov 2026, 17:00 UTC: Closing"),
        (datetime(2026, 12, 1, 12, 0, tzinfo=UTC), "Closing, until 2026-12-03 08:00 Europe/Amsterdam"),
    ],
)
def test_the_report_shows_freezes_now_and_to_come(tmp_path: Path, at: datetime, words: str) -> None:
    folder, policy = tmp_path / "run", POLICY + CALENDAR
    EvidenceWriter(folder / "evidence.jsonl").write(replace(result(), check="run.complete"))
    assemble(folder, replace(SUBJECT, policy_digest=sha256(policy)), b"0  a\n", policy, SIGNER, at)
    assert words in (folder / "report.html").read_text()
