"""From a run folder to a signed verdict: evidence → policy → statement → signature → report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from odoo_gate import __version__
from odoo_gate.attest.bundle import write_bundle
from odoo_gate.attest.keys import Signer
from odoo_gate.attest.run_folder import (
    BUNDLE,
    ENVELOPE,
    PAYLOAD,
    REPORT,
    REPORT_BUNDLE,
    SVR_BUNDLE,
    inventory,
    write_whole,
)
from odoo_gate.attest.statement import (
    ReadinessV1,
    ReleaseV1,
    StatementV1,
    ToolV1,
    reasons_of,
    report_statement_bytes,
    statement_bytes,
    subjects,
    svr_statement_bytes,
)
from odoo_gate.evidence import CheckResultV1, collect_evidence
from odoo_gate.judgement.prepared import Prepared, prepare
from odoo_gate.model import CheckResult, ReleaseSubject, Say, Status, Verdict, silent
from odoo_gate.policy import allowance, judge, load_policy
from odoo_gate.report import AllowedSkip, Demand, Report, render_html


@dataclass(frozen=True, slots=True)
class Assembled:
    """A judged run: the verdict, the report for people, and the bundle for `odoo-gate verify`."""

    verdict: Verdict
    report: Path
    bundle: Path
    files: tuple[Path, ...]


def assemble(
    run_folder: Path,
    subject: ReleaseSubject,
    addons_listing: bytes,
    policy: bytes,
    signer: Signer,
    now: datetime,
    say: Say = silent,
) -> Assembled:
    """Judge the evidence in `run_folder` and sign the answer, whatever it is.

    Call it when nothing writes into the folder any more: every file there is signed by digest. The bundle is
    written last; whatever interrupts this leaves a run without a verdict. Raises UsageError as `prepare`
    does, InfrastructureError when the folder cannot be read or written.
    """
    prepared = Prepared(subject, addons_listing, policy)
    prepare(run_folder, prepared)
    results = collect_evidence(run_folder, at=now)
    verdict = judge(load_policy(policy), subject.environment, results)
    say(f"{verdict.status} from {len(results)} check results")
    statement = _statement(run_folder, prepared, results, verdict, now)
    payload = statement_bytes(statement)
    report = render_html(_report(statement.predicate, subject, results, verdict, signer))
    files = _signed_files(statement, payload, report.encode("utf-8"), signer)
    for name, data in files.items():
        write_whole(run_folder / name, data)
    paths = tuple(run_folder / name for name in files)
    return Assembled(verdict, run_folder / REPORT, run_folder / BUNDLE, paths)


def _statement(
    run_folder: Path, prepared: Prepared, results: Sequence[CheckResult], verdict: Verdict, now: datetime
) -> StatementV1:
    release = ReleaseV1.of(prepared.subject)
    rules = load_policy(prepared.policy).rules(release.environment)
    started = min([now, *(result.started for result in results)])
    return StatementV1(
        subject=subjects(release, prepared.addons_listing),
        predicate=ReadinessV1(
            verdict=verdict.status,
            reasons=reasons_of(verdict),
            release=release,
            policy=prepared.policy.decode("utf-8"),
            run=run_folder.name,
            tool=ToolV1(name="odoo-gate", version=__version__),
            started_on=started,
            finished_on=max([started, *(result.started for result in results)]),
            judged_on=now,
            valid_until=started + rules.valid_for,
            checks=tuple(CheckResultV1.of(result) for result in results),
            evidence=inventory(run_folder),
        ),
    )


def _signed_files(statement: StatementV1, payload: bytes, report: bytes, signer: Signer) -> dict[str, bytes]:
    """Every file of a judgement, in the order it must be written."""
    run, hint = statement.predicate.run, signer.public_key.hint
    envelope = signer.sign(payload)
    of_report = signer.sign(report_statement_bytes(run, {REPORT: report, PAYLOAD: payload}))
    files = {
        PAYLOAD: payload,
        ENVELOPE: envelope.to_json(),
        REPORT: report,
        REPORT_BUNDLE: write_bundle(of_report, hint),
    }
    if statement.predicate.verdict is Status.GO:
        files[SVR_BUNDLE] = write_bundle(signer.sign(svr_statement_bytes(statement, payload)), hint)
    files[BUNDLE] = write_bundle(envelope, hint)
    return files


def _report(
    readiness: ReadinessV1,
    subject: ReleaseSubject,
    results: Sequence[CheckResult],
    verdict: Verdict,
    signer: Signer,
) -> Report:
    rules = load_policy(readiness.policy.encode()).rules(subject.environment)
    allowed = [(result, allowance(rules, result)) for result in results]
    return Report(
        verdict=verdict,
        subject=subject,
        results=tuple(results),
        demands=tuple(Demand(pattern, needed) for pattern, needed in rules.needed.items()),
        allowed_skips=tuple(AllowedSkip(result, entry.because) for result, entry in allowed if entry),
        run=readiness.run,
        tool_version=readiness.tool.version,
        started=readiness.started_on,
        judged=readiness.judged_on,
        valid_until=readiness.valid_until,
        key_fingerprint=signer.public_key.fingerprint,
        evidence_files=len(readiness.evidence),
    )
