"""From a run folder to a signed verdict: evidence → policy → statement → signature → report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from odoo_gate import __version__
from odoo_gate.attest.bundle import write_bundle
from odoo_gate.attest.keys import Signer
from odoo_gate.attest.manual import open_all
from odoo_gate.attest.run_folder import (
    BUNDLE,
    ENVELOPE,
    PAYLOAD,
    REPORT,
    REPORT_BUNDLE,
    SVR_BUNDLE,
    TIMESTAMP,
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
    sha256,
    statement_bytes,
    subjects,
    svr_statement_bytes,
)
from odoo_gate.attest.timestamp import Stamp
from odoo_gate.attest.trust import Trust
from odoo_gate.evidence import CheckResultV1, collect_evidence
from odoo_gate.judgement.derived import record_derived
from odoo_gate.judgement.findings import write_sarif
from odoo_gate.judgement.page import report_of
from odoo_gate.judgement.prepared import Prepared, prepare
from odoo_gate.judgement.renderings import write_renderings
from odoo_gate.model import CheckResult, ReleaseSubject, Say, Status, Verdict, silent
from odoo_gate.policy import ManualAnswer, judge, load_policy, manual_ends, valid_until
from odoo_gate.report import JudgedRun, render_html


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
    *,
    configuration: bytes = b"",
    manual: Sequence[bytes] = (),
    trust: Trust | None = None,
    stamp: Stamp | None = None,
    earlier: Sequence[JudgedRun] = (),
) -> Assembled:
    """Judge the evidence in `run_folder` and sign the answer, whatever it is.

    `configuration` lists the files that gate.toml names; `manual` are people's statements, of whom `trust` knows;
    `stamp` asks a time-stamping authority; with `earlier` runs the report compares this one.
    Call it when nothing writes into the folder any more: every file there is signed by digest. The bundle is
    written last; whatever interrupts this leaves a run without a verdict. Raises UsageError as `prepare`
    does, InfrastructureError when the folder cannot be read or written.
    """
    prepared = Prepared(subject, addons_listing, policy, configuration)
    prepare(run_folder, prepared)
    genuine = record_derived(run_folder, prepared, manual, trust, now)
    results = collect_evidence(run_folder, at=now)
    verdict = judge(load_policy(policy), subject.environment, results, now)
    say(f"{verdict.status} from {len(results)} check results")
    write_sarif(run_folder, results, verdict, now)
    write_renderings(run_folder, subject, results, verdict, now)
    answers, _ = open_all(genuine, trust)
    ends = _manual_ends(prepared, answers, now)
    statement = _statement(run_folder, prepared, results, verdict, now, genuine, ends)
    payload = statement_bytes(statement)
    report = render_html(
        report_of(
            run_folder, statement.predicate, payload, prepared, results, verdict, signer.public_key, answers, earlier
        )
    )
    files = _signed_files(statement, payload, report.encode("utf-8"), signer, stamp)
    for name, data in files.items():
        write_whole(run_folder / name, data)
    paths = tuple(run_folder / name for name in files)
    return Assembled(verdict, run_folder / REPORT, run_folder / BUNDLE, paths)


def _manual_ends(prepared: Prepared, answers: Sequence[ManualAnswer], now: datetime) -> tuple[datetime, ...]:
    rules = load_policy(prepared.policy).rules(prepared.subject.environment)
    return manual_ends(rules.manual, answers, prepared.subject.project, sha256(prepared.addons_listing), now)


def _statement(
    run_folder: Path,
    prepared: Prepared,
    results: Sequence[CheckResult],
    verdict: Verdict,
    now: datetime,
    manual: Sequence[bytes],
    ends: Sequence[datetime],
) -> StatementV1:
    release = ReleaseV1.of(prepared.subject)
    rules = load_policy(prepared.policy).rules(release.environment)
    started = min([now, *(result.started for result in results)])
    return StatementV1(
        subject=subjects(release, prepared.addons_listing, prepared.configuration),
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
            valid_until=valid_until(rules, results, started, now, ends),
            checks=tuple(CheckResultV1.of(result) for result in results),
            evidence=inventory(run_folder),
            manual=tuple(each.decode("ascii") for each in manual),
        ),
    )


def _signed_files(
    statement: StatementV1, payload: bytes, report: bytes, signer: Signer, stamp: Stamp | None
) -> dict[str, bytes]:
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
    if stamp is not None:
        files[TIMESTAMP] = stamp(envelope.signature)
    files[BUNDLE] = write_bundle(envelope, hint)
    return files
