"""One thing wrong with an integration, and what it means when the baseline has it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from odoo_gate.model import IN_BASELINE, Finding, Place, Severity


@dataclass(frozen=True, slots=True)
class Flaw:
    """`subject` names what was tried the same way in both releases; `file` is the Pact, relative to the project."""

    rule: str
    contract: str
    subject: str
    message: str
    remedy: str
    file: str

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.rule, self.contract, self.subject)


def new_and_old(candidate: Sequence[Flaw], baseline: Sequence[Flaw]) -> list[Finding]:
    """Flaws as findings: what the baseline has too is shown, and does not fail the release."""
    old = {flaw.key for flaw in baseline}
    return [
        Finding(
            flaw.rule,
            f"{flaw.contract}: {flaw.subject}: {flaw.message}" + (IN_BASELINE if flaw.key in old else ""),
            Severity.WARNING if flaw.key in old else Severity.ERROR,
            Place(flaw.file),
            flaw.remedy,
        )
        for flaw in {flaw.key: flaw for flaw in candidate}.values()
    ]
