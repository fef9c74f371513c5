"""What the report of a judged run is rendered from: the statement, and what lies beside it in the run folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from odoo_gate.attest.keys import PublicKey
from odoo_gate.attest.statement import ReadinessV1, sha256
from odoo_gate.judgement.conditions import conditions_of
from odoo_gate.judgement.pictures import read_pictures
from odoo_gate.judgement.prepared import Prepared
from odoo_gate.judgement.rights import read_rights
from odoo_gate.model import CheckResult, Verdict
from odoo_gate.policy import (
    Calendar,
    EnvironmentRules,
    ManualAnswer,
    WaiverReview,
    allowance,
    load_policy,
    next_window,
    review,
    waivers_of,
    windows_at,
)
from odoo_gate.report import CalendarLine, Demand, Excused, JudgedRun, Report, WaiverLine


def report_of(
    run_folder: Path,
    readiness: ReadinessV1,
    payload: bytes,
    prepared: Prepared,
    results: Sequence[CheckResult],
    verdict: Verdict,
    key: PublicKey,
    answers: Sequence[ManualAnswer],
    earlier: Sequence[JudgedRun],
) -> Report:
    """The report on the run in `run_folder`; `payload` is the signed bytes of the statement that holds `readiness`.

    `answers` are people's, once their signatures held.
    """
    subject = prepared.subject
    rules = load_policy(readiness.policy.encode()).rules(subject.environment)
    about = (subject.project, sha256(prepared.addons_listing))
    at = readiness.judged_on
    return Report(
        verdict=verdict,
        subject=subject,
        results=tuple(results),
        demands=tuple(Demand(pattern, needed) for pattern, needed in rules.needed.items()),
        excused=tuple(_excused(rules, results, at)),
        waivers=tuple(_waiver_line(each) for each in review(rules.waivers, results, at)),
        run=readiness.run,
        tool_version=readiness.tool.version,
        started=readiness.started_on,
        judged=at,
        valid_until=readiness.valid_until,
        key_fingerprint=key.fingerprint,
        evidence_files=len(readiness.evidence),
        pictures=read_pictures(run_folder, results),
        conditions=conditions_of(rules, results, verdict, answers, about, at),
        rights=read_rights(run_folder, results),
        calendars=tuple(_calendar_line(run_folder, each, at) for each in rules.calendars),
        earlier=tuple(earlier),
        payload=payload,
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


def _calendar_line(run_folder: Path, calendar: Calendar, at: datetime) -> CalendarLine:
    """From the text that was judged by, kept in the run folder; the policy's own where a calendar is written in it."""
    kept = run_folder / "calendars" / f"{calendar.name}.ics"
    if not kept.is_file() and not calendar.ical:
        return CalendarLine(calendar.name, calendar.effect, ("not known: the calendar is not in the run folder",), "")
    text = kept.read_bytes() if kept.is_file() else calendar.ical.encode()
    now = tuple(str(window) for window in windows_at(calendar, text, at))
    coming = next_window(calendar, text, at)
    begins = f"{coming.start:%d %b %Y, %H:%M} UTC: {coming}" if coming and not now else ""
    return CalendarLine(calendar.name, calendar.effect, now, begins)
