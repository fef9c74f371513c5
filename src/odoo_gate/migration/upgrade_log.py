"""What Odoo's log says of an upgrade: every ERROR, and every constraint it could not add."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from odoo_gate.model import Finding, Severity

_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>[\w.-]+): (?P<said>.*)$")
_SCHEMA_LOGGER = "odoo.schema"
_BENIGN = re.compile(r"only trigram index is supported")
_MOST_MESSAGE = 600


@dataclass(frozen=True, slots=True)
class LogLine:
    level: str
    logger: str
    message: str
    more: tuple[str, ...] = ()
    """The lines below it that have no head of their own: a traceback."""

    def __str__(self) -> str:
        cause = self.more[-1].strip() if self.more else ""
        text = f"{self.logger}: {self.message}" + (f" ({cause})" if cause else "")
        return text[:_MOST_MESSAGE]


def read_log(lines: Iterable[str]) -> list[LogLine]:
    """The log's lines at WARNING and above, each with its traceback."""
    found: list[LogLine] = []
    is_kept = False
    for line in lines:
        match = _LINE.match(line.rstrip("\n"))
        if match:
            is_kept = match["level"] in ("WARNING", "ERROR", "CRITICAL")
            if is_kept:
                found.append(LogLine(match["level"], match["logger"], match["said"]))
        elif is_kept and line.strip():
            last = found[-1]
            found[-1] = LogLine(last.level, last.logger, last.message, (*last.more, line.rstrip("\n")))
    return found


def log_findings(lines: Iterable[LogLine]) -> list[Finding]:
    """What in the log means that the upgrade did not do what the release asks for; said again, it is the same."""
    findings = []
    for line in lines:
        if line.logger == _SCHEMA_LOGGER and not _BENIGN.search(line.message):
            remedy = "repair the data in a pre- or post-script, before Odoo adds the constraint"
            findings.append(Finding("constraint-not-added", str(line), remedy=remedy))
        elif line.level in ("ERROR", "CRITICAL"):
            findings.append(
                Finding("error-in-log", str(line), remedy="mend what the traceback names, then upgrade again")
            )
        else:
            findings.append(Finding("warning-in-log", str(line), Severity.WARNING))
    return list(dict.fromkeys(findings))
