"""What a rule of the code analysis is: a name, how grave, why, what to do, and a function that looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from odoo_gate.model import Finding, Severity
from odoo_gate.security.code.facts import Facts
from odoo_gate.security.code.source import AddonSource


@dataclass(frozen=True, slots=True)
class Hit:
    """One place a rule points at. `path` is POSIX, inside the addon; lines are 1-based.

    The message never holds a line number: it is what tells a new finding from one the baseline has too.
    `severity` is set where this place is graver, or less grave, than the rule usually is.
    """

    addon: str
    path: str
    line: int
    message: str
    severity: Severity | None = None
    last_line: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """`reason` says why it matters to a company, `remedy` what the developer does."""

    name: str
    severity: Severity
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class AddonRule(Rule):
    """Looks at the files of one addon, and needs no other."""

    examine: Callable[[AddonSource], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class ReleaseRule(Rule):
    """Looks at what all addons of the release declare together: models, access rights, record rules."""

    examine: Callable[[Facts], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A finding, the addon it is in, and the lines that a suppression may stand at."""

    addon: str
    finding: Finding
    first_line: int
    last_line: int

    @property
    def key(self) -> tuple[str, str, str]:
        """The same in candidate and baseline, wherever the line has moved."""
        return (self.finding.rule, self.addon, self.finding.message)
