"""Whether the calendars of the policy let anything go at this moment: a check of the run itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from odoo_gate.attest.run_folder import write_whole
from odoo_gate.errors import UsageError
from odoo_gate.evidence import RUN_COMPLETE, EvidenceWriter
from odoo_gate.model import CheckResult, Finding, Outcome, Severity
from odoo_gate.policy import EnvironmentRules, next_window, windows_at
from odoo_gate.settings import Settings

CHECK = "run.calendar"
EVIDENCE = "evidence-calendar.jsonl"
_SHORTLY = timedelta(days=2)


def read_calendars(rules: EnvironmentRules, folder: Path) -> dict[str, bytes]:
    """The text of each calendar in `rules`, by name; files lie in `folder`, beside the policy.

    Raises UsageError when one cannot be read.
    """
    return {each.name: each.ical.encode() if each.ical else _read(folder / each.file) for each in rules.calendars}


def policy_folder(settings: Settings) -> Path:
    """Where the project's policy lies, and its calendars with it."""
    return (settings.root / settings.policy.file).parent if settings.policy.file else settings.root


def record_calendars(run_folder: Path, rules: EnvironmentRules, calendars: Mapping[str, bytes], at: datetime) -> None:
    """Leave `run.calendar` as evidence, and the calendars it was asked of. Nothing where the policy has none.

    Raises SettingsError when a calendar cannot be used, InfrastructureError when the folder cannot be written.
    """
    if not rules.calendars:
        return
    findings = [finding for each in rules.calendars for finding in calendar_findings(rules, each.name, calendars, at)]
    for name, text in calendars.items():
        write_whole(run_folder / "calendars" / f"{name}.ics", text)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    writer = EvidenceWriter(run_folder / EVIDENCE)
    outcome, reason = (Outcome.FAILED, errors[0].message) if errors else (Outcome.PASSED, "")
    writer.write(CheckResult(CHECK, "", outcome, at, 0.0, reason, findings=tuple(findings)))
    writer.write(CheckResult(RUN_COMPLETE, "calendars", Outcome.PASSED, at, 0.0))


def calendar_findings(
    rules: EnvironmentRules, name: str, calendars: Mapping[str, bytes], at: datetime
) -> tuple[Finding, ...]:
    """What the calendar `name` says of `at`: an error in a freeze, else what comes next."""
    calendar = next(each for each in rules.calendars if each.name == name)
    text = calendars[name]
    now = windows_at(calendar, text, at)
    if now:
        return tuple(
            Finding(
                "frozen" if window.freezes else "mind-the-date",
                f"{calendar.name}: {window}",
                Severity.ERROR if window.freezes else Severity.WARNING,
                remedy="wait until it ends, then run the gate again" if window.freezes else "",
            )
            for window in now
        )
    coming = next_window(calendar, text, at)
    if coming is None:
        message = f"{calendar.name} has no event in the next 400 days: nobody has carried it on"
        return (Finding("calendar-runs-out", message, Severity.WARNING, remedy="enter the dates to come"),)
    if coming.freezes and coming.start - at <= _SHORTLY:
        message = f"{calendar.name}: from {coming.start:%Y-%m-%d %H:%M} UTC no release: {coming}"
        return (Finding("freeze-ahead", message, Severity.NOTE),)
    return ()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the calendar {path} cannot be read: {error.strerror}", hint="put it beside the policy that names it"
        ) from error
