"""A run's findings as SARIF: part of the evidence, so that the signed inventory names it by digest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from odoo_gate import __version__
from odoo_gate.attest.run_folder import write_whole
from odoo_gate.model import CheckResult, Verdict
from odoo_gate.report import SARIF, render_sarif


def write_sarif(run_folder: Path, results: Sequence[CheckResult], verdict: Verdict, now: datetime) -> Path:
    """Write `findings.sarif` into the run folder, over an earlier one. Raises InfrastructureError."""
    path = run_folder / SARIF
    started = min([now, *(result.started for result in results)])
    text = render_sarif(
        results, version=__version__, run=run_folder.name, status=verdict.status, started=started, ended=now
    )
    write_whole(path, text.encode("utf-8", "replace"))
    return path
