"""Three judged runs of one release, made from evidence through the real judgement, and a browser to open them in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from odoo_gate.attest import KeySigner, new_signer
from odoo_gate.attest.statement import sha256
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import assemble, earlier_runs, runs_folder
from odoo_gate.model import (
    CheckResult,
    Finding,
    ImageIdentity,
    Metric,
    Outcome,
    Place,
    ReleaseSubject,
    Severity,
    Status,
)
from odoo_gate.picture import SUFFIX, Line, Mark, Picture, Shape

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
START = NOW - timedelta(minutes=42)
POLICY = b"""
version = 1
[environments.production]
demands = ["run.complete", "modules.*", "tests.at-install", "migration.*", "recovery.*", "contracts.latency"]
[[environments.production.allow_skips]]
check = "tests.post-install"
reason = "Chrome not found.*"
because = "tours run in qa, on the same candidate"
[environments.production.approvals]
groups = { finance = 1, operations = 2 }
[environments.production.score]
at_least = 80
[[environments.production.objectives]]
name = "upgrade-night"
check = "migration.upgrade"
metric = "upgrade"
pass = { at_most = 60 }
weight = 3
veto = true
[[environments.production.objectives]]
name = "restore"
check = "recovery.rto"
metric = "rto_seconds"
pass = { at_most = 20 }
warn = { at_most = 60 }
[environments.production.override]
groups = { operations = 2 }
checks = ["load.*"]
[[environments.production.calendars]]
name = "month-end"
timezone = "Europe/Amsterdam"
ical = '''BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//contractor//finance//EN\r
BEGIN:VEVENT\r
UID:1@contractor\r
DTSTAMP:20261101T000000Z\r
DTSTART;TZID=Europe/Amsterdam:20261130T180000\r
DTEND;TZID=Europe/Amsterdam:20261203T080000\r
SUMMARY:Month-end closing\r
END:VEVENT\r
END:VCALENDAR\r
'''
"""
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`\u202e\x1b[31m"
HOSTILE_CELL = HOSTILE.replace('"', '""')
"""As CSV has it."""


def result(
    check: str, target: str = "", outcome: Outcome = Outcome.PASSED, reason: str = "", **more: object
) -> CheckResult:
    metrics = tuple(Metric(name, value, unit) for name, value, unit in more.pop("metrics", ()))  # type: ignore[attr-defined]
    at = START + timedelta(minutes=float(more.pop("at", 1)))  # type: ignore[arg-type]
    base = CheckResult(check, target, outcome, at, float(more.pop("took", 3)), reason, metrics=metrics)  # type: ignore[arg-type]
    return replace(base, **more)  # type: ignore[arg-type]


PICTURES = {
    "migration/locks": Picture(
        Shape.SPANS,
        "Tables that nobody could use during the upgrade",
        "The longest lock held construction_budget_line for 1.5 s; 3 s are allowed.",
        "seconds since the upgrade began",
        "table",
        (
            Line("construction_budget_line", ((8.1, 9.6),)),
            Line("project_project", ((9.6, 10.8),)),
            Line("account_move", ((11.0, 12.2), (14.0, 14.3))),
            Line("service stopped", ((2.0, 22.5),)),
        ),
        (Mark(20.1, "upgrade ended"),),
    ),
    "contracts/latency": Picture(
        Shape.INTERVALS,
        "How long the estimating tool waits",
        "Median of 5 calls, candidate and baseline, with the fastest and the slowest.",
        "milliseconds",
        "call",
        (Line("project.project.search_read, baseline", ((31, 28, 40),)), Line("… candidate", ((36.6, 33, 52),))),
    ),
    "load/month-end": Picture(
        Shape.DISTRIBUTION,
        "Month-end: how long people wait",
        "19 of 20 transactions take less than 1.4 s in the candidate, 1.2 s in the baseline; 240 samples each.",
        "seconds",
        "share of transactions",
        (
            Line("baseline", tuple((0.2 + at / 40, at / 40) for at in range(41))),
            Line("candidate", tuple((0.25 + at / 35, at / 40) for at in range(41))),
        ),
        (Mark(1.5, "objective"),),
    ),
    "load/throughput": Picture(
        Shape.LINES,
        "Throughput over time",
        "12 transactions a minute were offered and 12 were done.",
        "minutes",
        "transactions a minute",
        (
            Line("offered", tuple((at, 12) for at in range(10))),
            Line("done", tuple((at, 11 + at % 3) for at in range(10))),
        ),
    ),
    "load/capacity": Picture(
        Shape.LINES,
        "Capacity of month-end",
        "month-end holds up to 480 a minute, 2.0 times the declared peak of 240: short of workers.",
        "arrivals a minute",
        "p95 in seconds; transactions done a second",
        (
            Line("p95 (s)", ((120, 0.84), (240, 0.83), (360, 1.36), (480, 1.53), (540, 12.61), (720, 18.16))),
            Line("done a second", ((120, 1.8), (240, 3.4), (360, 6), (480, 6.9), (540, 7), (720, 6.9))),
            Line("allowed (s)", tuple((at, 5) for at in (120, 240, 360, 480, 540, 720))),
        ),
        (Mark(240, "declared peak"), Mark(480, "knee")),
    ),
    "recovery/rto": Picture(
        Shape.BARS,
        "From the disaster to the first journey",
        "28 s in all, 13 s of them for the restore.",
        "seconds",
        "step",
        (Line("PostgreSQL", ((5.4,),)), Line("restore", ((13.2,),)), Line("Odoo", ((6.4,),)), Line(HOSTILE, ((3.1,),))),
    ),
}


def pictured(check: str, *names: str, **more: object) -> CheckResult:
    return result(check, artifacts=tuple(name + SUFFIX for name in names), **more)


SOUND = (
    *(result("modules.manifest", f"construction_{name}") for name in ("equipment", "retention", "subcontract")),
    *(
        result("tests.at-install", f"/construction_retention/tests/test_release.py:TestRelease.test_{n}", at=2 + n / 9)
        for n in range(60)
    ),
    result(
        "tests.post-install", "/job_costing:TestTour.test_tour", Outcome.SKIPPED, "Chrome not found in the image", at=9
    ),
    result(
        "migration.upgrade",
        at=12,
        took=77,
        metrics=(("upgrade", 20.1, "s"), ("rows", 108033, "1")),
        findings=(Finding("upgraded-by", "rehearsed as: odoo -u construction_retention", Severity.NOTE),),
    ),
    result("migration.trial-balance", at=14, metrics=(("examined", 48, "1"), ("differences", 0, "1"))),
    result("migration.hash-chain", at=14, metrics=(("examined", 0, "1"), ("differences", 0, "1"))),
    result("migration.timesheets", at=14, metrics=(("examined", 1025, "1"), ("differences", 0, "1"))),
    result("migration.access", at=14, findings=(Finding("rights", "group Site may read budgets", Severity.NOTE),)),
    pictured("migration.locks", "migration/locks", at=15, metrics=(("longest-hold", 1.49, "s"), ("samples", 602, "1"))),
    pictured("contracts.latency", "contracts/latency", at=20, took=30),
    pictured("load.month-end", "load/month-end", "load/throughput", at=28, took=240),
    pictured(
        "load.headroom", "load/capacity", at=30, took=380, metrics=(("raised", 1, "1"), ("least-held", 2, "times"))
    ),
    pictured(
        "recovery.rto",
        "recovery/rto",
        at=22,
        took=70,
        metrics=(("rto_seconds", 28.1, "s"), ("rto_objective_seconds", 3600, "s")),
    ),
    result("security.rights", at=24, artifacts=("security-rights.csv", "security-rights-baseline.csv")),
    result(
        "resilience.redis-loss",
        at=34,
        took=60,
        metrics=(
            ("recovery_seconds", 8.2, "s"),
            ("max_recovery_seconds", 30, "s"),
            *((name, 0, "1") for name in ("acknowledged_lost", "doubled", "half")),
            ("transactions", 23, "1"),
            ("failed", 11, "1"),
        ),
    ),
    result("run.complete"),
)
RIGHTS = "role,model,rights,limited\nsite_worker,account.analytic.line,cru-,----\n"
FAILED = (
    result(
        "migration.trial-balance",
        "",
        Outcome.FAILED,
        "the trial balance differs: 400000 Revenue had 1,204,500.00 and has 1,204,312.50 (company De Vries Bouw)",
        at=14,
        metrics=(("examined", 48, "1"), ("differences", 1, "1")),
        findings=(
            Finding(
                "differs",
                f"400000 Revenue had 1,204,500.00 and has 1,204,312.50 {HOSTILE}",
                Severity.ERROR,
                Place("addons/construction_retention/migrations/19.0.2.0/post-move.py", 41),
                "keep the amounts of posted entries: change the tax lines and not the base",
            ),
        ),
    ),
    result("security.code", HOSTILE, Outcome.FAILED, f"{HOSTILE}\n{HOSTILE}", findings=(Finding("x", HOSTILE),)),
)
RUNS = {Status.GO: SOUND, Status.NO_GO: (*SOUND, *FAILED), Status.INCONCLUSIVE: SOUND[:64]}


@dataclass(frozen=True)
class JudgedReport:
    status: Status
    folder: Path
    signer: KeySigner
    subject: ReleaseSubject
    policy: bytes
    judged: datetime

    @property
    def url(self) -> str:
        return (self.folder / "report.html").as_uri()


def subject() -> ReleaseSubject:
    return ReleaseSubject(
        project="De Vries Bouw",
        series="19.0",
        environment="production",
        commit="4be1c2d97a01f7e3c5a9e0b7a2f4d19cc01f2a3b",
        dirty=False,
        addons={"construction_retention": "d" * 64, "construction_subcontract": "e" * 64},
        images=tuple(
            ImageIdentity(role, f"{role}:1", f"sha256:{mark * 64}", "pulled", {"libc6": "2.41"})
            for role, mark in (("odoo", "a"), ("postgres", "b"), ("redis", "c"))
        ),
        policy_digest=sha256(POLICY),
        baseline="git v1.4.0",
    )


def judge_run(root: Path, name: str, results: tuple[CheckResult, ...], at: datetime, signer: KeySigner) -> Path:
    """A run folder below `root` as `odoo-gate run` leaves it, judged and signed, compared with those before it."""
    folder = runs_folder(root) / name
    writer = EvidenceWriter(folder / "evidence.jsonl")
    for each in results:
        writer.write(each)
    for picture, numbers in PICTURES.items():
        (folder / picture).parent.mkdir(exist_ok=True)
        (folder / (picture + SUFFIX)).write_text(numbers.to_json())
    (folder / "security-rights-baseline.csv").write_text(RIGHTS)
    (folder / "security-rights.csv").write_text(RIGHTS.replace("cru-", "crud") + f'buyer,"{HOSTILE_CELL}",-r--,-r--\n')
    before = earlier_runs(root, subject().project).runs
    assemble(folder, subject(), b"0  addons/a.py\n", POLICY, signer, at, earlier=before)
    return folder


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[Status, JudgedReport]:
    """A GO, a NO-GO and an INCONCLUSIVE of one project, in this order: the later ones have a history."""
    root, signer = tmp_path_factory.mktemp("contractor"), new_signer()
    made = {}
    for number, (status, results) in enumerate(RUNS.items()):
        judged = NOW + timedelta(minutes=number)
        folder = judge_run(root, f"26112112000{number}", results, judged, signer)
        made[status] = JudgedReport(status, folder, signer, subject(), POLICY, judged)
    return made


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    program = next((found for name in names if (found := shutil.which(name))), None)
    assert program, "Chromium is not installed: scripts/ensure-chromium.sh"
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*flags, "--disable-component-update"])
        yield browser
        browser.close()
