"""Leaves what the judgement itself finds as evidence: settings against the policy, objectives, manual evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from odoo_gate.attest.manual import open_all, open_manual
from odoo_gate.attest.statement import sha256
from odoo_gate.attest.trust import Trust
from odoo_gate.errors import VerificationError
from odoo_gate.evidence import RUN_COMPLETE, EvidenceWriter, collect_evidence
from odoo_gate.judgement.prepared import Prepared
from odoo_gate.model import CheckResult, Outcome
from odoo_gate.policy import derived_results, load_policy

EVIDENCE = "evidence-judgement.jsonl"


def record_derived(
    run_folder: Path, prepared: Prepared, manual: Sequence[bytes], trust: Trust | None, at: datetime
) -> tuple[bytes, ...]:
    """Write the derived results into the run folder, over those of an earlier judgement; returns the genuine `manual`.

    Raises SettingsError when the policy cannot be used.
    """
    path = run_folder / EVIDENCE
    path.unlink(missing_ok=True)
    subject = prepared.subject
    rules = load_policy(prepared.policy).rules(subject.environment)
    asked = manual if rules.manual else ()
    answers, refused = open_all(asked, trust)
    about = (subject.project, sha256(prepared.addons_listing))
    results = collect_evidence(run_folder, at=at)
    derived = derived_results(rules, subject.settings, results, answers, refused, about, at)
    if derived:
        writer = EvidenceWriter(path)
        for result in derived:
            writer.write(result)
        writer.write(CheckResult(RUN_COMPLETE, "judgement", Outcome.PASSED, at, 0.0))
    return tuple(each for each in asked if trust is not None and _is_genuine(each, trust))


def _is_genuine(data: bytes, trust: Trust) -> bool:
    try:
        open_manual(data, trust)
    except VerificationError:
        return False
    return True
