"""Is the report of 20,000 test results small and quick? Size, time to open and to search in Chromium, time to judge.

    .venv/bin/python benchmarks/report_size.py [RESULTS]

Budget: less than 5 MB, open in less than 2 s, an answer to a search in less than 0.1 s.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from odoo_gate.attest import new_signer
from odoo_gate.attest.statement import sha256
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import assemble
from odoo_gate.model import CheckResult, Finding, Metric, Outcome, Place, ReleaseSubject

POLICY = b'version = 1\n[environments.production]\ndemands = ["run.complete", "tests.*"]\n'
MODULES = ("construction_job_costing", "construction_retention", "construction_subcontract", "construction_equipment")
FAILING_EACH = 200
"""One in so many results fails, with a finding."""

MAX_MEGABYTES, MAX_OPEN, MAX_SEARCH = 5.0, 2.0, 0.1
ROUNDS = 5


def results(count: int, now: datetime) -> list[CheckResult]:
    """Odoo's own tests by name and length, some of which fail with a traceback's last line."""
    found = [CheckResult("run.complete", "", Outcome.PASSED, now, 900.0)]
    for number in range(count - 1):
        module = MODULES[number % len(MODULES)]
        name = f"/{module}/tests/test_part_{number // 400}.py:TestPart{number // 20}.test_case_{number}_keeps_amounts"
        started, queries = now + timedelta(seconds=number / 25), (Metric("queries", 40 + number % 90, "queries"),)
        if number % FAILING_EACH:
            found.append(CheckResult("tests.post-install", name, Outcome.PASSED, started, 0.04, metrics=queries))
        else:
            reason = f"AssertionError: {number}.10 != {number}.00 : the retention held"
            finding = Finding("assertion", reason, place=Place(f"addons/{module}/tests/test_part.py", number))
            found.append(
                CheckResult("tests.post-install", name, Outcome.FAILED, started, 0.04, reason, (finding,), queries)
            )
    return found


def judge(folder: Path, count: int) -> float:
    """Make the run in `folder`; the seconds that judging, signing and rendering took."""
    now = datetime.now(UTC)
    started = now - timedelta(minutes=15)
    writer = EvidenceWriter(folder / "evidence.jsonl")
    for each in results(count, started):
        writer.write(each)
    subject = ReleaseSubject("benchmark", "19.0", "production", "c" * 40, False, {"a": "d" * 64}, (), sha256(POLICY))
    clock = time.perf_counter()
    assemble(folder, subject, b"0  addons/a.py\n", POLICY, new_signer(), now)
    return time.perf_counter() - clock


def opened(browser: Browser, url: str) -> tuple[float, float, float]:
    """Seconds until the page is loaded, until a first and until a second search are answered, each in a fresh tab."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    clock = time.perf_counter()
    page.goto(url)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    load = time.perf_counter() - clock
    search = """(words) => {
      const query = document.getElementById("query"), from = performance.now();
      query.focus(); query.value = words; query.dispatchEvent(new Event("input"));
      document.getElementById("found").getBoundingClientRect();
      return (performance.now() - from) / 1000;
    }"""
    first, second = (float(page.evaluate(search, words)) for words in ("test_case_777_", "retention testpart3"))
    assert page.locator("#hits li").count(), "the search found nothing"
    page.close()
    return load, first, second


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    program = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)
    if program is None:
        print("Chromium is not installed: scripts/ensure-chromium.sh")
        return 2
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch) / "run"
        judging = judge(folder, count)
        report = folder / "report.html"
        megabytes = report.stat().st_size / 1e6
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        rounds = [opened(browser, report.as_uri()) for _ in range(ROUNDS)]
        browser.close()
    load, first, second = (statistics.median(each) for each in zip(*rounds, strict=True))
    rows = (
        ("size", megabytes, MAX_MEGABYTES, "MB"),
        ("open (median of 5)", load, MAX_OPEN, "s"),
        ("first search, index included", first, MAX_SEARCH * 5, "s"),
        ("each further search", second, MAX_SEARCH, "s"),
    )
    print(f"{count:,} results; judging, signing and rendering took {judging:.1f} s")
    for name, value, budget, unit in rows:
        print(f"{name:30} {value:8.3f} {unit:2}  budget {budget:g} {unit}  {'met' if value < budget else 'NOT MET'}")
    return 0 if all(value < budget for _, value, budget, _ in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
