"""What other programs read of a run: part of the evidence, so that the signed inventory names each by digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from odoo_gate import __version__
from odoo_gate.attest.run_folder import write_whole
from odoo_gate.errors import UsageError
from odoo_gate.model import CheckResult, ReleaseSubject, Verdict
from odoo_gate.report import gitlab, gitlab_load, metrics, summary
from odoo_gate.strict_json import read_json

_SAMPLES = "load-*.samples.jsonl"
"""What `load.results` leaves of each peak, a line for each transaction."""
_MAX_ROW = 64 << 10


def write_renderings(
    run_folder: Path, subject: ReleaseSubject, results: Sequence[CheckResult], verdict: Verdict, now: datetime
) -> None:
    """Write summary, metrics and GitLab's reports into the run folder.

    Raises InfrastructureError, and UsageError when what a load check left cannot be read.
    """
    texts = dict(renderings(run_folder.name, subject, results, verdict, now))
    peaks = [_transactions(path) for path in sorted(run_folder.rglob(_SAMPLES))]
    load = gitlab_load.render_load_performance(peaks)
    if load:
        texts[gitlab_load.LOAD_PERFORMANCE] = load
    for name, text in texts.items():
        write_whole(run_folder / name, text.encode("utf-8", "replace"))


def _transactions(samples: Path) -> Sequence[gitlab_load.Transaction]:
    try:
        rows = [_row(line) for line in samples.read_bytes().splitlines() if line]
        return [
            gitlab_load.Transaction(
                due=float(row["scheduled"]),
                began=float(row["started"]),
                ended=float(row["ended"]),
                requests=int(row["requests"]),
                is_acknowledged=row["outcome"] == "acknowledged",
            )
            for row in rows
        ]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UsageError(
            f"{samples} is not what a load check leaves: {error!r}", hint="run that part again, and judge it then"
        ) from error


def _row(line: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", read_json(line, max_bytes=_MAX_ROW))


def renderings(
    run: str, subject: ReleaseSubject, results: Sequence[CheckResult], verdict: Verdict, now: datetime
) -> Mapping[str, str]:
    """Each file's text, by name."""
    started = min([now, *(result.started for result in results)])
    scan = gitlab.Scan(started, now, subject.commit, __version__)
    heading = summary.Heading(subject.project, subject.commit, run)
    return {
        summary.SUMMARY: summary.render_summary(verdict, results, heading),
        metrics.METRICS_CSV: metrics.render_csv(results),
        metrics.METRICS_PROMETHEUS: metrics.render_prometheus(
            results, verdict.status, project=subject.project, environment=subject.environment
        ),
        gitlab.CODE_QUALITY: gitlab.render_code_quality(results),
        gitlab.SAST: gitlab.render_sast(results, scan),
        gitlab.DEPENDENCY_SCANNING: gitlab.render_dependency_scanning(results, scan),
        gitlab.SECRET_DETECTION: gitlab.render_secret_detection(results, scan),
    }
