"""Why a verdict is what it is, what would change it, and who must act."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from odoo_gate.model import CheckResult, Finding, Outcome, Reason, Severity, Verdict
from odoo_gate.policy import EnvironmentRules, exceeded, judge, load_policy
from odoo_gate.report import who_acts


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason of a verdict, with the errors behind it, who must act, and each way out of it."""

    reason: Reason
    who: str
    errors: tuple[tuple[CheckResult, Finding], ...]
    ways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict and everything that stands in the way of GO."""

    verdict: Verdict
    blockers: tuple[Blocker, ...]


def explain(policy: bytes, environment: str, results: Sequence[CheckResult], at: datetime) -> Explanation:
    """Judge `results` by `policy` and say what each reason comes from. Raises SettingsError."""
    loaded = load_policy(policy)
    verdict = judge(loaded, environment, results, at)
    rules = loaded.rules(environment)
    return Explanation(
        verdict, tuple(_blocker(reason, rules, results, at) for reason in _together(verdict.reasons, results))
    )


def _together(reasons: Iterable[Reason], results: Sequence[CheckResult]) -> Iterator[Reason]:
    """One reason for all the checks of a family that never ran, after the others."""
    never: dict[str, list[str]] = defaultdict(list)
    for reason in reasons:
        if reason.outcome is None and not any(fnmatchcase(result.check, reason.check) for result in results):
            never[reason.check.partition(".")[0]].append(reason.check)
        else:
            yield reason
    for family, checks in never.items():
        yield Reason(f"{family}.*", None, f"{len(checks)} demanded, none ran: {', '.join(checks)}")


def _blocker(reason: Reason, rules: EnvironmentRules, results: Iterable[CheckResult], at: datetime) -> Blocker:
    behind = [result for result in results if fnmatchcase(result.check, reason.check)]
    blocking = [result for result in behind if result.outcome is reason.outcome]
    errors = tuple((r, finding) for r in blocking for finding in r.findings if finding.severity is Severity.ERROR)
    who = who_acts(reason.check, {demand.check: demand.groups for demand in rules.manual})
    short = [each for result in blocking for each in exceeded(rules.waivers, result, at)]
    counts = (
        f"or, where each of them was meant, have `count = {there}` approved in waiver {waiver.id}: it covers "
        f"{waiver.count} of the {there} times that {waiver.finding} is there"
        for waiver, there in short
    )
    return Blocker(reason, who, errors, (*_ways(reason, rules, bool(errors)), *counts))


def _ways(reason: Reason, rules: EnvironmentRules, is_waivable: bool) -> Iterable[str]:
    if reason.check == "run.calendar":
        yield "wait until the freeze ends, then run the gate again"
        return
    if any(demand.check == reason.check for demand in rules.manual):
        yield f"answer it: odoo-gate attest {reason.check}, then run the gate (or odoo-gate judge) again"
        return
    if reason.outcome is None:
        yield "let the check run and pass: run the gate without --only, on a machine that can run it"
    elif reason.outcome is Outcome.FAILED:
        yield "mend it in the candidate, then run the gate again"
    elif reason.outcome is Outcome.ERRORED:
        yield "mend what stopped the check (see its reason, and the logs in the run folder), then run the gate again"
    else:
        yield "make the check run, or let the policy allow this very skip (allow_skips)"
    if any(fnmatchcase(reason.check, pattern) for pattern in rules.not_waivable):
        yield "it cannot be waived in this environment"
    elif is_waivable:
        yield "or have somebody else than you approve a waiver of these findings in the policy"
