"""From a run folder to a signed verdict: evidence → policy → statement → signature → report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from odoo_gate.judgement.findings import write_sarif
from odoo_gate.judgement.prepared import Prepared, prepare
from odoo_gate.model import CheckResult, ReleaseSubject, Say, Status, Verdict, silent
from odoo_gate.policy import (
    EnvironmentRules,
    WaiverReview,
    allowance,
    judge,
    load_policy,
    review,
    valid_until,
    waivers_of,
)
from odoo_gate.report import Demand, Excused, Report, WaiverLine, render_html


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
    verdict = judge(load_policy(policy), subject.environment, results, now)
    say(f"{verdict.status} from {len(results)} check results")
    write_sarif(run_folder, results, verdict, now)
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
            valid_until=valid_until(rules, results, started, now),
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
    return Report(
        verdict=verdict,
        subject=subject,
        results=tuple(results),
        demands=tuple(Demand(pattern, needed) for pattern, needed in rules.needed.items()),
        excused=tuple(_excused(rules, results, readiness.judged_on)),
        waivers=tuple(_waiver_line(each) for each in review(rules.waivers, results, readiness.judged_on)),
        run=readiness.run,
        tool_version=readiness.tool.version,
        started=readiness.started_on,
        judged=readiness.judged_on,
        valid_until=readiness.valid_until,
        key_fingerprint=signer.public_key.fingerprint,
        evidence_files=len(readiness.evidence),
    )


def _excused(rules: EnvironmentRules, results: Sequence[CheckResult], at: datetime) -> Iterator[Excused]:
    for result in results:
        allowed = allowance(rules, result)
        if allowed is not None:
            yield Excused(result, allowed.because)
        waivers = waivers_of(rules.waivers, result, at)
        if waivers:
            yield Excused(result, "; ".join(f"waiver {w.id} until {w.expires}: {w.reason}" for w in waivers))


def _waiver_line(reviewed: WaiverReview) -> WaiverLine:
    waiver = reviewed.waiver
    return WaiverLine(
        id=waiver.id,
        check=waiver.check,
        target=waiver.target,
        owner=waiver.owner,
        approver=waiver.approver,
        reason=waiver.reason,
        ticket=waiver.ticket,
        expires=waiver.expires,
        state=reviewed.state,
        soon=reviewed.soon,
    )
