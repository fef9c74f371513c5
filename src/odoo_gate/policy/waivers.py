"""Waivers: dated exceptions to one finding each, granted by somebody else than who asks for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from odoo_gate.model import CheckResult, Outcome, Severity
from odoo_gate.policy.section import PolicySection, Said

LONGEST = timedelta(days=90)
"""The longest time between a waiver's first day and its last."""

SOON = timedelta(days=7)


class Waiver(PolicySection):
    """`[[environments.NAME.waivers]]`: one known finding that does not keep a release from this environment.

    `finding` is the finding's fingerprint, `check` and `target` are exactly those of the result that holds it (no
    target: the release as a whole). A fingerprint has no line, so the same thing written twice has the same one:
    `count` says how many there may be in a result. It holds from the first moment of `created` to the last of
    `expires`, in UTC.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    check: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$")]
    target: str = ""
    finding: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    count: Annotated[int, Field(ge=1, strict=True)] = 1
    owner: Said
    approver: Said
    reason: Said
    ticket: Said
    created: Annotated[date, Field(strict=True)]
    expires: Annotated[date, Field(strict=True)]

    @model_validator(mode="after")
    def _somebody_else_for_a_while(self) -> Waiver:
        if self.owner.casefold() == self.approver.casefold():
            raise ValueError(f"{self.owner} both asks for it and approves it; another person must approve")
        if not self.created <= self.expires <= self.created + LONGEST:
            raise ValueError(f"it must expire within {LONGEST.days} days after it was created, on {self.created}")
        return self

    @property
    def ends(self) -> datetime:
        """The first moment at which it holds no more."""
        return datetime.combine(self.expires + timedelta(days=1), time.min, UTC)

    def holds(self, at: datetime) -> bool:
        return self.created <= at.astimezone(UTC).date() <= self.expires


class WaiverState(StrEnum):
    """What became of a waiver in one run."""

    USED = "used"
    UNUSED = "unused"
    EXPIRED = "expired"
    NOT_YET = "not yet in force"


@dataclass(frozen=True, slots=True)
class WaiverReview:
    """One waiver of the policy as a release manager should see it. `soon`: it expires within a week."""

    waiver: Waiver
    state: WaiverState
    soon: bool


def waivers_of(waivers: Sequence[Waiver], result: CheckResult, at: datetime) -> tuple[Waiver, ...]:
    """The waivers that excuse a failed result: one for each of its errors, or none at all.

    A failure that names no error, and a check that could not be completed, cannot be waived. Nor is an error that is
    there more often than its waiver says; two waivers of the same finding do not add up.
    """
    if result.outcome is not Outcome.FAILED:
        return ()
    errors = _errors(result)
    granted = {each.finding: each for each in _about(waivers, result, at) if each.count >= errors[each.finding]}
    return tuple(granted[error] for error in sorted(errors)) if errors and errors.keys() <= granted.keys() else ()


def exceeded(waivers: Sequence[Waiver], result: CheckResult, at: datetime) -> tuple[tuple[Waiver, int], ...]:
    """The waivers whose finding the result holds more often than they say, and how often it does."""
    errors = _errors(result)
    return tuple(
        (each, errors[each.finding]) for each in _about(waivers, result, at) if each.count < errors[each.finding]
    )


def _errors(result: CheckResult) -> Counter[str]:
    """How often each error is there: as in the comparison with the baseline, the same thing a second time is new."""
    return Counter(finding.fingerprint for finding in result.findings if finding.severity is Severity.ERROR)


def _about(waivers: Sequence[Waiver], result: CheckResult, at: datetime) -> Iterator[Waiver]:
    about = (result.check, result.target)
    return (each for each in waivers if (each.check, each.target) == about and each.holds(at))


def review(waivers: Sequence[Waiver], results: Iterable[CheckResult], at: datetime) -> tuple[WaiverReview, ...]:
    """Every waiver with what became of it: also those that nothing needs any more."""
    used = {waiver.id for result in results for waiver in waivers_of(waivers, result, at)}
    return tuple(
        WaiverReview(waiver, _state(waiver, used, at), waiver.holds(at) and waiver.ends - at <= SOON)
        for waiver in waivers
    )


def _state(waiver: Waiver, used: set[str], at: datetime) -> WaiverState:
    if waiver.id in used:
        return WaiverState.USED
    if waiver.holds(at):
        return WaiverState.UNUSED
    return WaiverState.EXPIRED if at >= waiver.ends else WaiverState.NOT_YET
