"""The site is built without a network and without a warning, and fetches nothing from one when it is read."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Request, sync_playwright

ROOT = Path(__file__).parents[3]
NO_NETWORK = ("unshare", "--map-root-user", "--net")
FETCHING = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}
HARMLESS = {"canonical", "prev", "next", "alternate"}
OUTSIDE = re.compile(r"^(https?:)?//")
IN_CSS = re.compile(r"(?:url\(|@import\s+)[\"']?((?:https?:)?//[^\"')\s]+)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly where there is no network at all."""
    target = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [*NO_NETWORK, sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(target)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr
    return target


class _Fetched(HTMLParser):
    """The addresses that a browser fetches by itself when it shows a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link" and set((given.get("rel") or "").split()) & HARMLESS:
            return
        address = given.get(FETCHING.get(tag, ""))
        if address:
            self.addresses.append(address)


def fetched(page: Path) -> list[str]:
    parser = _Fetched()
    parser.feed(page.read_text("utf-8"))
    return parser.addresses


def test_no_page_names_anything_of_a_network(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 30
    addresses = {(page.name, address) for page in pages for address in fetched(page)}
    assert len(addresses) > len(pages)
    assert [each for each in sorted(addresses) if OUTSIDE.match(each[1])] == []


def test_no_style_sheet_does(site: Path) -> None:
    sheets = sorted(site.rglob("*.css"))
    assert sheets
    assert [(sheet.name, IN_CSS.findall(sheet.read_text("utf-8"))) for sheet in sheets if _outside(sheet)] == []


def _outside(sheet: Path) -> bool:
    return bool(IN_CSS.search(sheet.read_text("utf-8")))


@pytest.fixture
def requests(site: Path) -> Iterator[list[str]]:
    """What Chromium asks for while it shows a page from the folder."""
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "there is no Chromium on this machine; install the package chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            page = browser.new_page()
            page.on("request", note)
            page.goto((site / "checks.html").as_uri())
            assert page.get_by_role("heading", name="migration.trial-balance").is_visible()
            yield asked
        finally:
            browser.close()


def test_a_browser_asks_no_network(requests: list[str]) -> None:
    assert requests
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
