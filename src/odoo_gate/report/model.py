"""What a report is rendered from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from odoo_gate.model import CheckResult, ReleaseSubject, Verdict


@dataclass(frozen=True, slots=True)
class Demand:
    """A pattern of check ids that the policy demands, and how many of them must have passed."""

    pattern: str
    needed: int


@dataclass(frozen=True, slots=True)
class AllowedSkip:
    """A skipped check that the policy lets pass, and why."""

    result: CheckResult
    because: str


@dataclass(frozen=True, slots=True)
class Report:
    """One judged run. Times are timezone-aware; `key_fingerprint` is the sha256 (hex) of the signing key."""

    verdict: Verdict
    subject: ReleaseSubject
    results: tuple[CheckResult, ...]
    demands: tuple[Demand, ...]
    allowed_skips: tuple[AllowedSkip, ...]
    run: str
    tool_version: str
    started: datetime
    judged: datetime
    valid_until: datetime
    key_fingerprint: str
    evidence_files: int
