"""Differences that somebody answers for: `[parity.accepted]` turns them into notes that carry the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from odoo_gate.model import Finding, Place, Severity


@dataclass
class Differences:
    """Collects findings of one check; `about` is the key that `[parity.accepted]` knows a difference by."""

    accepted: dict[str, str]
    findings: list[Finding] = field(default_factory=list)
    compared: int = 0

    def error(self, about: str, rule: str, message: str, place: Place | None, remedy: str) -> None:
        """A difference that matters, unless gate.toml says why it is right."""
        reason = next((why for pattern, why in self.accepted.items() if fnmatchcase(about, pattern)), "")
        if reason:
            self.findings.append(Finding(rule, f"{message} (accepted: {reason})", Severity.NOTE, place))
            return
        way_out = f'{remedy}; or say why it is right: [parity.accepted] "{about}" = "..."'
        self.findings.append(Finding(rule, message, Severity.ERROR, place, way_out))

    def note(self, rule: str, message: str, place: Place | None = None, remedy: str = "") -> None:
        self.findings.append(Finding(rule, message, Severity.NOTE, place, remedy))
