"""What the page says to finance, to developers and to whoever asks what was left out."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from odoo_gate.model import CheckResult, Finding, Metric, Outcome, Severity
from odoo_gate.report.business import proofs
from odoo_gate.report.changes import changes
from odoo_gate.report.embedded import KIND, embedded_payload, packed
from odoo_gate.report.reproduce import command_for
from odoo_gate.report.timeline import timeline_of
from odoo_gate.report.topics import TOPICS
from odoo_gate.report.wording import amount

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def result(
    check: str, outcome: Outcome = Outcome.PASSED, *, target: str = "", at: float = 0, took: float = 1, **metrics: float
) -> CheckResult:
    found = tuple(Metric(name.replace("_", "-"), value, "1") for name, value in metrics.items())
    reason = "" if outcome is Outcome.PASSED else "it is wrong"
    return CheckResult(check, target, outcome, NOW + timedelta(seconds=at), took, reason, metrics=found)


def proof(title: str, *results: CheckResult, waived: tuple[CheckResult, ...] = (), demands: tuple[str, ...] = ()):
    return next(each for each in proofs(results, waived, demands) if each.title == title)


def test_a_passed_check_is_told_with_its_figures():
    books = proof("Books and month-end", result("migration.trial-balance", examined=48, differences=0))
    assert books.state == "proven"
    assert books.facts == ("The trial balance agrees to the cent: 48 balances compared.",)


def test_nothing_to_look_at_is_no_fact():
    books = proof("Books and month-end", result("migration.hash-chain", examined=0, differences=0))
    assert books.facts == ()
    assert "Not tested, for the data has none: sealed entries (hash chain)" in books.faults
    assert (books.state, books.word) == ("in-part", "proven in part")


def test_peaks_and_drills_are_told_with_their_figures():
    work = proof("Everyone at work", result("load.results", kept=22, intents=22), result("load.queries", compared=0))
    assert work.facts == ("22 of 22 documents entered at the peaks are there, once.",)
    deaths = proof("When something dies", result("resilience.redis-loss", recovery_seconds=7, acknowledged_done=6))
    (fact,) = deaths.facts
    assert fact == "Work went on 7 after Redis was lost with its sessions; 6 documents looked for, none lost."


def test_a_drill_that_looked_for_nothing_has_no_fact():
    assert proof("When something dies", result("resilience.odoo-kill", recovery_seconds=7)).facts == ()


def test_a_failure_is_not_proven_even_when_it_is_waived():
    failed = result("migration.trial-balance", Outcome.FAILED)
    books = proof("Books and month-end", failed, result("migration.residuals", examined=5), waived=(failed,))
    assert books.state == "not-proven"
    assert "migration.trial-balance failed (waived): it is wrong" in books.faults


@pytest.mark.parametrize("outcome", [Outcome.ERRORED, Outcome.SKIPPED])
def test_what_broke_off_or_was_skipped_is_no_answer(outcome: Outcome):
    assert proof("Backup and restore", result("recovery.rto", outcome)).state == "no-answer"


@pytest.mark.parametrize(
    ("demands", "words"),
    [
        (("recovery.rto",), "Demanded by the policy, and did not run: recovery.rto"),
        (("recovery.*",), "Demanded by the policy, and did not run: recovery.*"),
        (("tests.*",), "Nobody asked."),
    ],
)
def test_what_nobody_asked_is_said(demands: tuple[str, ...], words: str):
    backup = proof("Backup and restore", demands=demands)
    assert (backup.state, backup.faults) == ("not-asked", (words,))


def test_a_demanded_check_that_did_not_run_leaves_no_answer():
    backup = proof("Backup and restore", result("recovery.rto"), demands=("recovery.rto", "recovery.rpo"))
    assert backup.state == "no-answer"
    assert backup.faults == ("Demanded by the policy, and did not run: recovery.rpo",)


def test_a_sentence_without_its_figure_is_not_said():
    assert proof("Upgrade night", result("migration.downtime")).facts == ()


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.title)
def test_every_sentence_belongs_to_a_check_of_its_topic(topic):
    from fnmatch import fnmatchcase

    assert all(any(fnmatchcase(s.check, pattern) for pattern in topic.checks) for s in topic.sentences)


def test_changes_say_when_nobody_looked():
    schema = next(each for each in changes([result("modules.scope")]) if each.subject == "Database schema")
    assert schema.asked == ()


def test_what_was_so_before_is_no_change():
    old = Finding("leftovers", "res_users.web has no field (it was so before)", Severity.NOTE)
    seen = replace(result("migration.schema"), findings=(old,))
    schema = next(each for each in changes([seen]) if each.subject == "Database schema")
    assert (schema.asked, schema.first) == (("migration.schema",), ())


def test_changes_show_what_checks_saw():
    note = Finding("column-renamed", "column amount is renamed", Severity.NOTE)
    seen = replace(result("migration.schema"), findings=(note,))
    schema = next(each for each in changes([seen]) if each.subject == "Database schema")
    assert [each.finding for each in schema.first] == [note]


@pytest.mark.parametrize(
    ("check", "target", "command"),
    [
        ("tests.project", "tests/test_a.py::test_it", "pytest 'tests/test_a.py::test_it'"),
        ("tests.at-install", "/sale/tests/test_x.py:TestSale.test_one", "pytest -k 'TestSale and test_one'"),
        ("tests.project", "tests/a'; rm -rf ~ #.py::x", "odoo-gate run --only tests"),
        ("tests.at-install", "/x:T.$(reboot)", "odoo-gate run --only tests"),
        ("migration.access", "", "odoo-gate run --only migration"),
        ("$(reboot).x", "", "odoo-gate run"),
    ],
)
def test_the_command_holds_nothing_that_a_shell_would_run(check: str, target: str, command: str):
    assert command_for(result(check, Outcome.FAILED, target=target)) == command


def test_the_statement_comes_back_byte_by_byte():
    payload = b'{"a": "</script>"}\n' * 100
    page = f'<script id="signed-payload" type="{KIND}">{packed(payload)}</script>'.encode()
    assert embedded_payload(page) == payload
    assert packed(payload) == packed(payload)


@pytest.mark.parametrize("page", [b"", b'<script id="signed-payload" type="application/gzip+base64">AAAA</script>'])
def test_a_page_without_a_statement_is_refused(page: bytes):
    with pytest.raises(ValueError, match="statement"):
        embedded_payload(page)


def test_work_that_touches_is_one_bar_of_its_worst_outcome():
    found = timeline_of(
        [
            result("tests.a", took=10),
            result("tests.a", Outcome.FAILED, target="b", at=10, took=10),
            result("tests.a", target="c", at=60),
        ],
        NOW,
        NOW + timedelta(seconds=100),
    )
    (row,) = found.rows
    assert [(s.outcome, s.start, s.width) for s in row.segments] == [("failed", 0.0, 20.0), ("passed", 60.0, 1.0)]


def test_a_check_that_outlasts_the_judgement_stays_on_the_axis():
    (row,) = timeline_of([result("tests.a", took=50)], NOW, NOW + timedelta(seconds=10)).rows
    assert all(s.start >= 0 and s.start + s.width <= 100 for s in row.segments)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (71045120, "bytes", "71 MB"),
        (12, "bytes", "12 bytes"),
        (36.598, "ms", "36.6 ms"),
        (22784, "1", "22,784"),
        (75, "s", "1 min 15 s"),
    ],
)
def test_amounts_as_people_say_them(value: float, unit: str, words: str):
    assert re.sub(r"\.0 ", " ", amount(value, unit)) == words


def test_a_right_that_many_groups_get_is_one_line():
    told = "rights of groups and users: group {} on maintenance.team may read, which it could not before"
    findings = tuple(Finding("rights", told.format(f"hr.g{n}"), Severity.NOTE) for n in range(5))
    other = Finding("rights", told.format("hr.one").replace("team", "stage"), Severity.NOTE)
    access = replace(result("migration.access"), findings=(*findings, other))
    rights = next(each for each in changes([access]) if each.subject == "Rights")
    assert [change.finding.message for change in rights.first] == [
        "maintenance.team: hr.g0, hr.g1, hr.g2 and 2 more groups may read, which they could not before",
        other.message,
    ]
