"""The report: the answer first, everything shown, nothing that tests wrote believed."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo_gate.catalogue import entry
from odoo_gate.model import (
    CheckResult,
    Finding,
    ImageIdentity,
    Metric,
    Outcome,
    Place,
    Reason,
    ReleaseSubject,
    Severity,
    Status,
    Verdict,
)
from odoo_gate.report import Conditions, Demand, Excused, Report, render_html, visible
from odoo_gate.report.wording import seconds, text_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`{{ 7*7 }}\u202e\u2066\x1b[31m\x00\u200b"


def result(check: str, target: str, outcome: Outcome = Outcome.PASSED, reason: str = "") -> CheckResult:
    return CheckResult(check, target, outcome, NOW, 1.5, reason)


FAILED = CheckResult(
    "modules.installs-alone",
    "subcontract",
    Outcome.FAILED,
    NOW,
    21.0,
    "it needs account_budget\nTraceback: ...",
    findings=(
        Finding("undeclared", "uses budget_id", Severity.ERROR, Place("addons/s/v.xml", 42), "name the dependency"),
    ),
    metrics=(Metric("queries", 40, "1"),),
    artifacts=("artifacts/a b.png",),
)
SKIPPED = result("tests.post-install", "/job:T.tour", Outcome.SKIPPED, "Chrome not found")


def report(verdict: Verdict, *results: CheckResult, allowed: str = "", text: str = "Bouw & Zn") -> Report:
    return Report(
        verdict=verdict,
        subject=ReleaseSubject(
            project=text,
            series="19.0",
            environment=verdict.environment,
            commit="4be1c2d97a01" + "0" * 28,
            dirty=False,
            addons={"job_costing": "d" * 64},
            images=(ImageIdentity("odoo", "odoo:19.0", "sha256:" + "a" * 64, "pulled", {"libc6": "2.41"}),),
            policy_digest="e" * 64,
        ),
        results=results,
        demands=(Demand("modules.*", 1), Demand("load.*", 1)),
        excused=tuple(Excused(r, allowed) for r in results if allowed and r.outcome is Outcome.SKIPPED),
        waivers=(),
        run="20261121-1200",
        tool_version="0.1.0",
        started=NOW - timedelta(minutes=7),
        judged=NOW,
        valid_until=NOW + timedelta(hours=24),
        key_fingerprint="f" * 64,
        evidence_files=9,
    )


GO = Verdict(Status.GO, "production")


def verdict(status: Status, *reasons: Reason) -> Verdict:
    return Verdict(status, "production", reasons)


class Page(HTMLParser):
    """Tags, attributes and text of a page, as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def names(self) -> set[str]:
        return {tag for tag, _ in self.tags}


def page(given: Report) -> Page:
    return Page(render_html(given))


def above_the_fold(text: str) -> str:
    return text[text.index("release readiness") : text.index("What was proven")]


def test_a_go_says_where_and_until_when() -> None:
    text = above_the_fold(page(report(GO, result("modules.manifest", "a"))).text)
    assert "This release may be deployed to production until 22 Nov 2026, 12:00 UTC." in text
    assert "4be1c2d97a01" in text


def test_a_no_go_says_why_where_and_what_to_do_first() -> None:
    reason = Reason(FAILED.check, Outcome.FAILED, FAILED.reason, ("subcontract",))
    text = above_the_fold(page(report(verdict(Status.NO_GO, reason), FAILED)).text)
    for words in ("must not be deployed to production", "modules.installs-alone", "needs account_budget", "name the"):
        assert words in text


def test_an_inconclusive_is_no_answer_and_looks_like_neither_other() -> None:
    reason = Reason("load.*", None, "load.* is demanded and did not run")
    html = render_html(report(verdict(Status.INCONCLUSIVE, reason)))
    assert 'class="inconclusive"' in html
    text = above_the_fold(Page(html).text)
    assert "There is no answer. Do not deploy to production on this run." in text
    assert "Not run" in text


def test_who_must_act_is_said_first() -> None:
    reason = Reason(FAILED.check, Outcome.FAILED, FAILED.reason, ("subcontract",))
    no_go = above_the_fold(page(report(verdict(Status.NO_GO, reason), FAILED)).text)
    assert "Next to act: the developers of the change." in no_go
    go = replace(report(GO, result("modules.manifest", "a")), conditions=Conditions(approvals={"finance": 2}))
    assert "Next to act: 2 approvals of finance, then whoever deploys to production." in above_the_fold(page(go).text)


def test_where_reasons_differ_in_who_must_act_each_says_it() -> None:
    given = verdict(
        Status.NO_GO,
        Reason(FAILED.check, Outcome.FAILED, FAILED.reason, ("subcontract",)),
        Reason("recovery.rto", Outcome.FAILED, "people could work again after 9 h", ()),
    )
    text = above_the_fold(page(report(given, FAILED)).text)
    assert text.count("Next to act:") == 2
    assert "after 9 h Next to act: operations, who keep backups and servers." in text


def test_the_first_screen_says_how_each_topic_stands() -> None:
    text = above_the_fold(page(report(GO, result("migration.trial-balance", "a"))).text)
    assert "Books and month-end proven Payroll and hours not asked" in text


def test_demanded_checks_that_never_ran_share_one_line() -> None:
    missing = [Reason(name, None, f"{name} is demanded and did not run") for name in ("load.a", "load.b")]
    too_few = Reason("tests.*", None, "tests.*: 1 passed of the 3 demanded (1 reported)")
    given = report(verdict(Status.INCONCLUSIVE, *missing, too_few), result("tests.at-install", "t"))
    text = above_the_fold(page(given).text)
    assert "2 checks that the policy demands did not run load.a load.b" in text
    assert "1 passed of the 3 demanded" in text


def test_findings_show_place_rule_and_remedy() -> None:
    text = page(report(verdict(Status.NO_GO, Reason(FAILED.check, Outcome.FAILED, "x")), FAILED)).text
    for words in ("uses budget_id", "addons/s/v.xml:42", "undeclared", "name the dependency", "queries 40"):
        assert words in text


def test_a_skip_shows_whether_it_is_allowed_and_why() -> None:
    assert "allowed: tours run in qa" in page(report(GO, SKIPPED, allowed="tours run in qa")).text
    assert "blocks" in page(report(verdict(Status.INCONCLUSIVE, Reason("a.b", Outcome.SKIPPED, "x")), SKIPPED)).text


def test_what_nobody_tested_is_listed() -> None:
    text = page(report(GO, result("modules.manifest", "a"))).text
    assert re.search(r"load Is it fast enough with everyone at work\? demanded, did not run", text)
    assert re.search(r"recovery [^?]+\? not demanded, not run", text)
    assert "tests.at-install demanded, did not run" not in text
    assert not re.search(r"modules [^?]+\? (not )?demanded", text)


def test_checks_of_the_catalogue_that_did_not_run_are_listed() -> None:
    text = page(report(GO, result("modules.manifest", "a"))).text
    assert re.search(r"modules \d+ other checks: [a-z, -]*graph[a-z, -]* not demanded, not run", text)


def test_a_reason_says_why_it_matters_and_what_to_do_where_no_finding_does() -> None:
    known = result("migration.trial-balance", "", Outcome.FAILED, "it differs")
    text = page(report(verdict(Status.NO_GO, Reason(known.check, Outcome.FAILED, "it differs")), known)).text
    catalogued = entry("migration.trial-balance")
    assert catalogued is not None
    assert f"Why it matters: {catalogued.why}" in text
    assert f"Remedy: {catalogued.remedy}" in text.replace("`", "")
    assert catalogued.question in text


def test_every_demand_shows_whether_it_was_met() -> None:
    text = page(report(GO, result("modules.manifest", "a"))).text
    assert re.search(r"modules\.\* 1 1 yes", text)
    assert re.search(r"load\.\* 1 0 no", text)


def test_the_page_runs_nothing_and_loads_nothing() -> None:
    html = render_html(report(verdict(Status.NO_GO, Reason(FAILED.check, Outcome.FAILED, "x")), FAILED))
    found = Page(html)
    assert found.names().isdisjoint({"iframe", "object", "embed", "form", "link", "base", "img"})
    attributes = [(name, value or "") for _, attrs in found.tags for name, value in attrs.items()]
    assert not [name for name, _ in attributes if name.startswith("on") or name in ("style", "src", "srcset")]
    links = [value for name, value in attributes if name == "href"]
    assert links
    assert all(link.startswith(("#", "./")) for link in links)
    assert "./artifacts/a%20b.png" in links


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_content_security_policy_admits_this_style_sheet_this_script_and_nothing_else() -> None:
    html = render_html(report(GO, result("modules.manifest", "a")))
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    policy = next(a["content"] for tag, a in Page(html).tags if tag == "meta" and "http-equiv" in a)
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest(style)}'; script-src 'sha256-{digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def hostile_report(text: str) -> Report:
    hostile = CheckResult(
        "tests.post-install",
        text,
        Outcome.FAILED,
        NOW,
        1.0,
        f"{text}\n{text}",
        findings=(Finding(text, text, Severity.ERROR, Place(text), text),),
        metrics=(Metric(text, 1, text),),
        artifacts=(text,),
    )
    reason = Reason(text, Outcome.FAILED, text, (text,))
    return report(verdict(Status.NO_GO, reason), hostile, text=text)


def test_hostile_text_is_shown_and_never_run() -> None:
    html = render_html(hostile_report(EVIL))
    found = Page(html)
    assert "img" not in found.names()
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert not [name for _, attrs in found.tags for name in attrs if name.startswith("on")]
    assert "alert(1)" in found.text
    assert "{{ 7*7 }}" in found.text
    for hidden in "\u202e\u2066\x1b\x00\u200b":
        assert hidden not in html
    assert "⟦U+202E⟧" in found.text


@settings(deadline=None)
@given(st.text(max_size=60).filter(str.strip))
def test_any_text_keeps_the_page_as_it_is(text: str) -> None:
    def shape(given: Report) -> list[str]:
        return [tag for tag, _ in page(given).tags]

    with_headline_only = shape(hostile_report("x" * 10))
    assert len(shape(hostile_report(text))) - len(with_headline_only) in range(-4, 5)
    assert page(hostile_report(text)).names() <= page(hostile_report("a\nb")).names()


def test_two_results_of_one_check_and_target_are_two_rows_of_their_own() -> None:
    """One of them is waived; the other is not thereby."""
    broke = replace(FAILED, outcome=Outcome.ERRORED, reason="killed by nobody knows whom")
    found = replace(report(verdict(Status.INCONCLUSIVE, Reason(FAILED.check, Outcome.ERRORED, "x")), FAILED, broke))
    html = render_html(replace(found, excused=(Excused(FAILED, "waiver W-12"),), demands=(Demand(FAILED.check, 1),)))
    assert html.count("waiver W-12") == 1
    assert "killed by nobody knows whom" in html
    ids = re.findall(r' id="([^"]*)"', html)
    assert len(ids) == len(set(ids))


def test_the_page_can_be_read_aloud() -> None:
    found = page(report(verdict(Status.NO_GO, Reason(FAILED.check, Outcome.FAILED, "x")), FAILED, SKIPPED))
    tags = found.tags
    assert {"header", "main", "footer", "h1", "h2", "h3"} <= found.names()
    assert next(attrs for tag, attrs in tags if tag == "html")["lang"] == "en"
    assert [tag for tag, _ in tags].count("h1") == 1
    assert all("scope" in attrs for tag, attrs in tags if tag == "th")
    assert all(a.get("aria-label") or a.get("aria-hidden") for tag, a in tags if tag == "svg")
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = [attrs["aria-labelledby"] for _, attrs in tags if "aria-labelledby" in attrs]
    assert set(named) <= set(ids)
    anchors = [(a.get("href") or "")[1:] for tag, a in tags if tag == "a" and (a.get("href") or "").startswith("#")]
    assert set(anchors) <= set(ids)


def test_thousands_of_tests_stay_a_small_page() -> None:
    many = tuple(result("tests.post-install", f"/job_costing:TestCase.test_number_{n}") for n in range(5_000))
    assert len(render_html(report(GO, *many)).encode()) < 1_500_000


def test_a_single_failure_among_thousands_can_be_seen() -> None:
    many = [result("tests.post-install", str(n)) for n in range(5_000)]
    html = render_html(
        report(
            verdict(Status.NO_GO, Reason("tests.post-install", Outcome.FAILED, "x")),
            *many,
            result("tests.post-install", "bad", Outcome.FAILED, "x"),
        )
    )
    (width,) = re.findall(r'<rect class="failed" x="0.0" y="0" width="([0-9.]+)"', html)
    assert float(width) > 1


@pytest.mark.parametrize(
    ("duration", "words"),
    [(0, "0.0 s"), (9.94, "9.9 s"), (59.4, "59 s"), (200, "3 min 20 s"), (3599.4, "59 min 59 s"), (7500, "2 h 5 min")],
)
def test_durations_as_people_say_them(duration: float, words: str) -> None:
    assert seconds(duration) == words


def test_a_long_reason_is_a_headline_and_the_rest() -> None:
    assert text_of("short").rest == ""
    assert text_of("first\nsecond").headline == "first"
    assert text_of("x" * 1000).headline == "x" * 300 + "…"
    assert text_of("x" * 1000).rest == "x" * 1000


@given(st.text())
def test_visible_text_hides_nothing(text: str) -> None:
    shown = visible(text)
    assert all(character.isprintable() or character in "\n\t" or not character.isascii() for character in shown)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)
    assert visible(shown) == shown
