"""What is broken in a contract, and what that says of the release when the baseline is asked too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from odoo_gate.contracts.promises import Head
from odoo_gate.model import Finding, Metric, Place, Severity


@dataclass(frozen=True, slots=True)
class Breach:
    """One promise not kept. `subject` names it the same way in both releases: `field res.partner.name`."""

    contract: Head
    rule: str
    subject: str
    message: str
    remedy: str
    severity: Severity = Severity.ERROR

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.contract.id, self.rule, self.subject)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a release said when one contract was asked of it: `interactions` that really happened, and figures.

    `times` are the milliseconds of each repetition of a call, by its name.
    """

    contract: Head
    breaches: tuple[Breach, ...] = ()
    interactions: int = 0
    metrics: tuple[Metric, ...] = field(default=())
    times: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def findings_of(candidate: Sequence[Answer], baseline: Sequence[Answer] | None) -> list[Finding]:
    """The findings of one check. What is broken in both releases is an error too: the consumer cannot work today.

    `baseline` is None where there is none. What the candidate mends is a note.
    """
    old = None if baseline is None else {breach.key: breach for breach in _breaches(baseline)}
    new = {breach.key: breach for breach in _breaches(candidate)}
    found = [_finding(breach, _when(breach, old)) for breach in new.values()]
    for key, breach in (old or {}).items():
        if key not in new and breach.severity is Severity.ERROR:
            found.append(_finding(breach, "in the baseline, mended by this release", Severity.NOTE))
    return found


def exercised_findings(contracts: Iterable[Head], answers: Iterable[Answer], folder: str) -> list[Finding]:
    """`contracts.exercised`: there are contracts, and each had an interaction that really happened."""
    happened: dict[str, int] = {}
    for answer in answers:
        happened[answer.contract.id] = happened.get(answer.contract.id, 0) + answer.interactions
    found = [
        Finding(
            "never-exercised",
            f"{_who(contract)} nothing of it ever happened: what nobody tries fails unseen",
            place=Place(contract.file) if contract.file else None,
            remedy="give it calls, domains, cases or relations that work on the data; look at contracts.api, "
            "contracts.files and contracts.bi for why none did",
        )
        for contract in contracts
        if not happened.get(contract.id)
    ]
    if not happened and not found:
        remedy = "draft one from what runs today: odoo-gate contracts record; docs/contracts.md"
        found.append(Finding("no-contracts", f"there are no contracts in {folder}/", remedy=remedy))
    return found


def _breaches(answers: Sequence[Answer]) -> Iterable[Breach]:
    return (breach for answer in answers for breach in answer.breaches)


def _when(breach: Breach, old: dict[tuple[str, str, str], Breach] | None) -> str:
    if old is None or breach.severity is not Severity.ERROR:
        return ""
    return "already broken in the baseline" if breach.key in old else "broken by this release"


def _finding(breach: Breach, when: str, severity: Severity | None = None) -> Finding:
    message = f"{_who(breach.contract)} {breach.message}" + (f" ({when})" if when else "")
    place = Place(breach.contract.file) if breach.contract.file else None
    remedy = f"{breach.remedy}; {breach.contract.owner} answers for the contract"
    return Finding(breach.rule, message, severity or breach.severity, place, remedy)


def _who(contract: Head) -> str:
    return f"{contract.id} ({contract.consumer}; owner {contract.owner}):"
