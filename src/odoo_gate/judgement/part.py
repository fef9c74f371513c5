"""Judging some families of checks alone: an answer for whoever works on them, never a statement about the release."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from odoo_gate.evidence import collect_evidence
from odoo_gate.judgement.findings import write_sarif
from odoo_gate.model import Verdict
from odoo_gate.policy import judge, load_policy


def judge_part(run_folder: Path, policy: bytes, environment: str, families: Collection[str], at: datetime) -> Verdict:
    """The verdict of `policy` on a run that asked `families` only; nothing is signed.

    What the policy demands of other families is left out, and each of `families` must have passed something. The
    findings go into the folder as SARIF. Raises SettingsError when the policy does not know `environment`.
    """
    part = load_policy(policy).only(environment, families)
    results = collect_evidence(run_folder, at=at)
    verdict = judge(part, environment, results, at)
    write_sarif(run_folder, results, verdict, at)
    return verdict
