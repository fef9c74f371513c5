"""The example of docs/extending.md, run: it passes, and it fails with its finding when a permit is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from blocks import ROOT, blocks_of, commands_of

from odoo_gate.evidence import read_evidence
from odoo_gate.model import CheckResult, Outcome
from odoo_gate.policy import load_policy

PAGE = ROOT / "docs/extending.md"
COMMAND = "pytest -k permit"
TITLED = {block.title: block.text for block in blocks_of(PAGE) if block.title}
FILES = {name: text for name, text in TITLED.items() if not name.startswith("examples/")}


@pytest.fixture
def yard(tmp_path: Path) -> Path:
    """The project that the page shows, file by file."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "addons").mkdir()
    return tmp_path


def run(yard: Path) -> tuple[int, CheckResult]:
    """Run the page's command, leaving evidence; its status, and what the check said."""
    assert COMMAND in [command.text for command in commands_of(PAGE)]
    evidence = ["--odoo-gate-run", "run", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", *COMMAND.split(), *evidence], cwd=yard, capture_output=True, text=True, check=False
    )
    (result,) = [each for each in read_evidence([yard / "run/evidence.jsonl"]) if each.check == "sites.permits"]
    return done.returncode, result


def test_it_passes_as_it_is_shown(yard: Path):
    status, result = run(yard)
    assert status == 0
    assert result.outcome is Outcome.PASSED
    assert [(metric.name, metric.value) for metric in result.metrics] == [("sites", 2)]


def test_a_missing_permit_is_a_finding_with_its_place(yard: Path):
    (yard / "tests/sites.csv").write_text("name,permit\nLibrary,2026-114\nQuay 7,\n")
    status, result = run(yard)
    assert status == 1
    assert [(finding.rule, str(finding.place)) for finding in result.findings] == [("no-permit", "tests/sites.csv:3")]


def test_no_site_at_all_does_not_pass(yard: Path):
    (yard / "tests/sites.csv").write_text("name,permit\n")
    _, result = run(yard)
    assert result.outcome is not Outcome.PASSED


def test_its_policy_demands_it():
    assert "sites.permits" in load_policy(FILES["policy.toml"].encode()).rules("production").demands
