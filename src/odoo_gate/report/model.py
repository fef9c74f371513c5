"""What a report is rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from odoo_gate.model import CheckResult, ReleaseSubject, Verdict
from odoo_gate.picture import Picture
from odoo_gate.report.conditions import Conditions
from odoo_gate.report.history import JudgedRun
from odoo_gate.report.rights import RightsMatrix


@dataclass(frozen=True, slots=True)
class Demand:
    """A pattern of check ids that the policy demands, and how many of them must have passed."""

    pattern: str
    needed: int


@dataclass(frozen=True, slots=True)
class Excused:
    """A check that did not pass and does not block: a skip the policy allows, or a failure it waives; and why."""

    result: CheckResult
    because: str


@dataclass(frozen=True, slots=True)
class WaiverLine:
    """A waiver of the policy and what became of it in this run; `soon`: it expires within a week."""

    id: str
    check: str
    target: str
    owner: str
    approver: str
    reason: str
    ticket: str
    expires: date
    state: str
    soon: bool

    @property
    def next_step(self) -> str:
        """Who acts on it, and how; a dash when nobody has to yet."""
        if self.state == "used":
            return f"{self.owner}: mend it, or ask anew before it ends" if self.soon else f"{self.owner}: mend it"
        return "–" if self.state == "not yet in force" else f"{self.owner}: take it out of the policy"


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """A calendar of the policy at the moment of the judgement: the events that last, else the one to come."""

    name: str
    effect: str
    now: tuple[str, ...]
    coming: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A picture that a check left and nobody can draw, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """One judged run. Times are timezone-aware; `key_fingerprint` is the sha256 (hex) of the signing key.

    `pictures` are by the path of their artefact, `conditions` what the policy asks of people and of figures,
    `rights` who may do what, where that was measured, `earlier` the judged runs that are still kept, newest first.
    `payload` is the exact bytes that are signed.
    """

    verdict: Verdict
    subject: ReleaseSubject
    results: tuple[CheckResult, ...]
    demands: tuple[Demand, ...]
    excused: tuple[Excused, ...]
    waivers: tuple[WaiverLine, ...]
    run: str
    tool_version: str
    started: datetime
    judged: datetime
    valid_until: datetime
    key_fingerprint: str
    evidence_files: int
    pictures: Mapping[str, Picture | Unreadable] = field(default_factory=dict)
    conditions: Conditions = field(default_factory=Conditions)
    rights: RightsMatrix | Unreadable | None = None
    calendars: tuple[CalendarLine, ...] = ()
    earlier: tuple[JudgedRun, ...] = ()
    payload: bytes = b""
