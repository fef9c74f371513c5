"""The judged runs that a project still keeps, read from their statements as they lie there: context, not proof."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.attest.bundle import MAX_PAYLOAD_BYTES
from odoo_gate.attest.run_folder import PAYLOAD, read_whole
from odoo_gate.attest.statement import ReadinessV1, read_statement
from odoo_gate.errors import VerificationError
from odoo_gate.judgement.run_folders import LATEST, runs_folder
from odoo_gate.report import JudgedRun

KEPT_IN_MIND = 10
"""How many judged runs are compared: reading one of 20,000 results takes about a second."""


@dataclass(frozen=True, slots=True)
class EarlierRuns:
    """Judged runs, newest first; `unjudged` folders hold no statement, `unreadable` ones none that can be read."""

    runs: tuple[JudgedRun, ...]
    unjudged: int
    unreadable: tuple[str, ...]


def earlier_runs(root: Path, project: str, *, but: str = "", most: int = KEPT_IN_MIND) -> EarlierRuns:
    """The `most` newest judged runs of `project` below `root`, without the run `but`. Signatures are not examined."""
    folder = runs_folder(root)
    found: list[JudgedRun] = []
    unreadable: list[str] = []
    unjudged = 0
    names = sorted((path.name for path in folder.iterdir()), reverse=True) if folder.is_dir() else []
    for name in names:
        if name in (LATEST, but) or not (folder / name).is_dir():
            continue
        if len(found) == most:
            break
        if not (folder / name / PAYLOAD).is_file():
            unjudged += 1
            continue
        try:
            readiness = read_statement(read_whole(folder / name / PAYLOAD, MAX_PAYLOAD_BYTES)).predicate
        except VerificationError as error:
            unreadable.append(f"{name}: {error.message}")
            continue
        if readiness.release.project == project:
            found.append(_judged(readiness))
    return EarlierRuns(tuple(sorted(found, key=lambda run: run.judged, reverse=True)), unjudged, tuple(unreadable))


def _judged(readiness: ReadinessV1) -> JudgedRun:
    subject = readiness.release.to_subject(defaultdict(dict))  # their packages are of no matter here
    results = [check.to_result() for check in readiness.checks]
    return JudgedRun.of(readiness.run, readiness.verdict, subject, results, readiness.started_on, readiness.judged_on)
