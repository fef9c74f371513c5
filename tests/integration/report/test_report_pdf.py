"""The report on paper, printed by a real Chromium."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from odoo_gate.cli.report import find_chromium, print_pdf
from odoo_gate.errors import InfrastructureError

PAGE = "<html><title>Readiness</title><style>p {{break-after: page}}</style>{}</html>"


def test_a_page_of_the_report_is_a_page_of_the_pdf(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.write_text(PAGE.format("<p>NO-GO</p><p>why</p><p>who</p>"))
    target = tmp_path / "out" / "readiness.pdf"
    print_pdf(report, target, find_chromium(os.environ))
    printed = target.read_bytes()
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 3


def test_a_browser_that_prints_nothing_is_told(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.write_text(PAGE.format(""))
    with pytest.raises(InfrastructureError, match="printed no PDF"):
        print_pdf(report, tmp_path / "readiness.pdf", "/bin/true")
    assert not (tmp_path / "readiness.pdf").exists()
