"""The report as people meet it: opened from disk, in light and dark, on a wide and on a narrow screen, and on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from odoo_gate.model import Status

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LOOKS = {
    "light": {"viewport": WIDE, "color_scheme": "light"},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "narrow": {"viewport": NARROW, "color_scheme": "light"},
}
FAILED = 2
"""Results of the NO-GO that failed."""

EVERY = pytest.mark.parametrize("status", list(Status), ids=str)
Open = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser, reports: dict[Status, Any]) -> Iterator[Open]:
    """Opens the report of a verdict; when the test ends, nothing may have been complained of or fetched."""
    contexts, complaints, requests = [], [], []

    def open_report(status: Status, *, media: str = "screen", anchor: str = "", **look: Any) -> Page:
        context = chromium.new_context(**{"viewport": WIDE, **look})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.emulate_media(media=media)  # type: ignore[arg-type]
        page.goto(reports[status].url + anchor)
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "blob:"))] == []
    assert len(requests) == len(contexts)


def first_screen(page: Page) -> str:
    """The text that lies wholly within the first screen."""
    return page.evaluate(
        """() => {
          const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
          const words = [];
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const range = document.createRange();
            range.selectNodeContents(node);
            const box = range.getBoundingClientRect();
            const seen = box.height && box.top >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
            if (seen) words.push(node.textContent);
          }
          return words.join(" ").replace(/\\s+/g, " ");
        }"""
    )


@EVERY
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(opened: Open, status: Status, look: str) -> None:
    found = Axe().run(opened(status, **LOOKS[look]))
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found.response["violations"]] == []
    assert found.response["passes"]


@EVERY
@pytest.mark.parametrize("look", ["light", "narrow"])
def test_the_first_screen_holds_verdict_reason_and_next_actor(opened: Open, status: Status, look: str) -> None:
    seen = first_screen(opened(status, **LOOKS[look]))
    wanted = {
        Status.GO: (
            "GO",
            "may be deployed to production until 22 Nov 2026",
            "Every check that the policy demands passed",
            "1 approval of finance and 2 approvals of operations, then whoever deploys to production",
        ),
        Status.NO_GO: (
            "NO-GO",
            "must not be deployed to production",
            "the trial balance differs: 400000 Revenue",
            "the developers of the change, with whoever runs the database",
        ),
        Status.INCONCLUSIVE: (
            "INCONCLUSIVE",
            "There is no answer. Do not deploy to production",
            "checks that the policy demands did not run",
            "whoever started the run",
        ),
    }[status]
    for words in wanted:
        assert words in seen
    assert "Next to act:" in seen
    assert look == "narrow" or "Same as production" in seen


def test_the_three_answers_differ_in_shape_and_not_in_colour_alone(opened: Open) -> None:
    shapes = {status: opened(status).locator(".verdict .sign").inner_html() for status in Status}
    assert len(set(shapes.values())) == len(Status)


@EVERY
@pytest.mark.parametrize("look", ["light", "narrow"])
def test_nothing_is_wider_than_the_screen(opened: Open, status: Status, look: str) -> None:
    page = opened(status, **LOOKS[look])
    assert page.evaluate("document.querySelector('h1').scrollWidth <= document.querySelector('h1').clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@EVERY
def test_it_prints_to_a_pdf_without_its_tools(opened: Open, status: Status) -> None:
    page = opened(status, media="print", color_scheme="dark")
    assert not page.locator("#query").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    pdf = page.pdf(format="A4", print_background=True)
    assert pdf.startswith(b"%PDF-")
    assert 1 < pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page/") + pdf.count(b"/Type /Page ") < 40


def test_it_can_be_read_without_script(opened: Open) -> None:
    page = opened(Status.NO_GO, java_script_enabled=False)
    assert page.locator("h1").inner_text() == "NO-GO"
    assert not page.locator("#tools").is_visible()
    page.locator("summary", has_text="The numbers").first.click()
    assert page.locator("details[open] table").first.is_visible()


def test_hostile_names_are_shown_in_findings_and_pictures_and_run_nowhere(opened: Open) -> None:
    page = opened(Status.NO_GO)
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    assert "<script>alert(1)</script>" in page.locator("#check-security-code").inner_text()
    assert page.locator(".picture svg text", has_text="<script>alert(1)").count() == 1


def test_pictures_have_a_text_and_their_numbers(opened: Open) -> None:
    page = opened(Status.GO)
    pictures = page.locator("figure.picture")
    assert pictures.count() == 6
    for at in range(pictures.count()):
        picture = pictures.nth(at)
        assert picture.locator("svg").get_attribute("aria-label")
        assert picture.locator("figcaption span").inner_text()
        assert picture.locator("table tbody tr").count()


def test_search_finds_a_test_and_leads_to_it(opened: Open) -> None:
    page = opened(Status.NO_GO)
    page.keyboard.press("/")
    page.keyboard.type("testrelease.test_42")
    assert page.locator("#found").inner_text().startswith("1 of ")
    page.locator("#hits a").click()
    row = page.locator("tr:target")
    assert "test_42" in row.inner_text()
    assert row.is_visible()


def test_filters_show_what_did_not_pass(opened: Open) -> None:
    page = opened(Status.NO_GO)
    page.get_by_role("button", name="failed").click()
    assert page.locator("#hits li").count() == FAILED
    page.get_by_role("button", name="skipped").click()
    assert page.locator("#hits li").count() == FAILED + 1
    page.get_by_role("button", name="failed").click()
    assert page.locator("#hits .outcome").all_inner_texts() == ["skipped"]


def test_a_deep_link_opens_what_is_folded(opened: Open) -> None:
    page = opened(Status.GO)
    folded = page.locator("table.passed tr[id]").first
    assert not folded.is_visible()
    linked = opened(Status.GO, anchor=f"#{folded.get_attribute('id')}")
    assert linked.locator("tr:target").is_visible()


def test_tables_can_be_sorted_by_number(opened: Open) -> None:
    page = opened(Status.GO)
    table = page.locator("table", has=page.get_by_role("button", name="Looked at"))
    table.get_by_role("button", name="Looked at").click()
    cells = table.locator("tbody tr td:nth-child(2)").all_inner_texts()
    assert cells == ["0", "48", "1,025"]


def test_everything_can_be_reached_by_keyboard(opened: Open) -> None:
    page = opened(Status.NO_GO)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the verdict"
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    assert {"query", "failed", "History"} <= reached


def test_the_page_saves_the_very_statement_that_was_signed(opened: Open, reports: dict[Status, Any]) -> None:
    page = opened(Status.GO)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save it").click()
    saved = Path(download.value.path()).read_bytes()
    assert saved == (reports[Status.GO].folder / "readiness.json").read_bytes()
