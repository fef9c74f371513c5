"""What a probe saw, found and concluded: frozen, and a versioned JSON of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from odoo_gate.errors import ExitCode
from odoo_gate.settings.probe import ProbeRule


class Answer(StrEnum):
    """What an operator should do now."""

    FINE = "fine"
    INVESTIGATE = "investigate"
    ROLL_BACK = "roll back"

    @property
    def exit_code(self) -> ExitCode:
        return _EXIT[self]


_EXIT = {
    Answer.FINE: ExitCode.GO,
    Answer.INVESTIGATE: ExitCode.INCONCLUSIVE,
    Answer.ROLL_BACK: ExitCode.NO_GO,
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A figure of the signed report: where it stands, and its value in seconds."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Journey:
    """One thing a user does, done some times: the median wait in seconds, and how it went wrong.

    `failed`: attempts that ended in an error. `median` is None when none succeeded.
    """

    name: str
    attempts: int
    failed: int
    median: float | None
    reference: Reference | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """One thing that is not as it should be, and on which journey it showed."""

    rule: ProbeRule
    message: str
    journey: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """An observation and what it asks for."""

    observed: Observed
    answer: Answer


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A whole probe. `looked_at` says in words what else was compared; `requests` is what it cost. Times are aware."""

    url: str
    run: str
    environment: str
    verdict: str
    started: datetime
    ended: datetime
    requests: int
    answer: Answer
    journeys: tuple[Journey, ...]
    findings: tuple[Judged, ...]
    looked_at: tuple[str, ...]
    not_asked: tuple[str, ...]

    def to_json(self) -> str:
        """Version 1 of the machine-readable form."""
        document: dict[str, Any] = {
            "version": 1,
            "answer": str(self.answer),
            "exit": int(self.answer.exit_code),
            "url": self.url,
            "run": self.run,
            "environment": self.environment,
            "verdict": self.verdict,
            "started": self.started.isoformat(),
            "ended": self.ended.isoformat(),
            "requests": self.requests,
            "journeys": [asdict(journey) for journey in self.journeys],
            "findings": [{**asdict(each.observed), "answer": str(each.answer)} for each in self.findings],
            "lookedAt": list(self.looked_at),
            "notAsked": list(self.not_asked),
        }
        return json.dumps(document, indent=1)
