"""Takes the screenshots of docs/report.md from the reports of finished runs.

    .venv/bin/python scripts/report_screenshots.py go=RUN_FOLDER no-go=RUN_FOLDER inconclusive=RUN_FOLDER

For each: the first screen, and of a GO also dark, narrow, what was proven, and a picture. PNG files below 160 kB.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, Locator, Page, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
MAX_BYTES = 160_000
WIDE, NARROW = {"width": 1180, "height": 740}, {"width": 390, "height": 844}


def taken(browser: Browser, name: str, report: Path) -> Iterator[Path]:
    """The first screen of each verdict; of a GO what else there is to see."""
    yield first_screen(browser, report, f"report-{name}", viewport=WIDE)
    if name != "go":
        return
    yield first_screen(browser, report, "report-go-dark", viewport=WIDE, color_scheme="dark")
    yield first_screen(browser, report, "report-go-narrow", viewport=NARROW)
    page = opened(browser, report, viewport=WIDE)
    page.locator(".bar-of-tools").evaluate("(bar) => { bar.style.position = 'static'; }")
    for part, selector in (("proven", "section[aria-labelledby=proven]"), ("picture", "figure.picture")):
        found = page.locator(selector).first
        if found.count():
            path = IMAGES / f"report-{part}.png"
            page.screenshot(path=path, full_page=True, clip=_clip(found))
            yield path
    page.context.close()


def _clip(part: Locator) -> FloatRect:
    """Where a part of the page lies on the whole page, its first 600 pixels."""
    box = part.evaluate(
        """(part) => {
          const at = part.getBoundingClientRect();
          return [at.x + scrollX, at.y + scrollY, at.width, at.height];
        }"""
    )
    return {"x": box[0], "y": box[1], "width": box[2], "height": min(box[3], 600)}


def first_screen(browser: Browser, report: Path, name: str, **look: object) -> Path:
    page, path = opened(browser, report, **look), IMAGES / f"{name}.png"
    page.screenshot(path=path)
    page.context.close()
    return path


def opened(browser: Browser, report: Path, **look: object) -> Page:
    page = browser.new_context(**look).new_page()  # type: ignore[arg-type]
    page.goto(report.resolve().as_uri())
    return page


def main() -> int:
    program = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)
    reports = dict(argument.split("=", 1) for argument in sys.argv[1:] if "=" in argument)
    if program is None or not reports:
        print(__doc__ if program else "Chromium is not installed: scripts/ensure-chromium.sh")
        return 2
    IMAGES.mkdir(exist_ok=True)
    too_large = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for name, folder in reports.items():
            for path in taken(browser, name, Path(folder) / "report.html"):
                size = path.stat().st_size
                print(f"{path.relative_to(IMAGES.parents[1])}  {size:,} bytes")
                too_large += [path] if size > MAX_BYTES else []
        browser.close()
    return 1 if too_large else 0


if __name__ == "__main__":
    sys.exit(main())
