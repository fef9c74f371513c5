"""From evidence to a verdict: everything that did not pass keeps a release from GO."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from fnmatch import fnmatchcase

from odoo_gate.model import CheckResult, Outcome, Reason, Status, Verdict
from odoo_gate.policy.document import AllowedSkip, EnvironmentRules, Policy
from odoo_gate.policy.waivers import waivers_of

_VERBS = {Outcome.FAILED: "failed", Outcome.ERRORED: "could not be completed", Outcome.SKIPPED: "skipped"}


def judge(policy: Policy, environment: str, results: Iterable[CheckResult], at: datetime) -> Verdict:
    """The verdict on `results` for `environment`, with the waivers that hold `at` that moment.

    NO-GO when any check failed, demanded or not, and is not waived; otherwise INCONCLUSIVE when any errored, was
    skipped without the policy's leave, or did not run though demanded; otherwise GO. A result that is repeated counts
    as the worst of its kind. Raises SettingsError when the policy does not know `environment`.
    """
    rules = policy.rules(environment)
    known = list(results)
    waived = [result for result in known if waivers_of(rules.waivers, result, at)]
    held = [result for result in known if result.outcome is not Outcome.PASSED and result not in waived]
    blocking = [result for result in held if allowance(rules, result) is None]
    reasons = [*_reasons_of(blocking), *_missing(rules, known, held, blocking)]
    if not reasons:
        return Verdict(Status.GO, environment)
    failed = any(reason.outcome is Outcome.FAILED for reason in reasons)
    return Verdict(Status.NO_GO if failed else Status.INCONCLUSIVE, environment, tuple(reasons))


def allowance(rules: EnvironmentRules, result: CheckResult) -> AllowedSkip | None:
    """The entry of the policy that allows this skip, if there is one."""
    if result.outcome is not Outcome.SKIPPED:
        return None
    return next((entry for entry in rules.allow_skips if _allows(entry, result)), None)


def _allows(entry: AllowedSkip, result: CheckResult) -> bool:
    return (
        fnmatchcase(result.check, entry.check)
        and fnmatchcase(result.target, entry.target)
        and re.fullmatch(entry.reason, result.reason, re.DOTALL) is not None
    )


def _reasons_of(blocking: Sequence[CheckResult]) -> list[Reason]:
    """One reason a check and outcome: failures first, then errors, then skips; each by check id."""
    groups: dict[tuple[Outcome, str], list[CheckResult]] = defaultdict(list)
    for result in blocking:
        groups[result.outcome, result.check].append(result)
    order = list(_VERBS)
    return [
        Reason(check, outcome, _say(outcome, group), tuple(r.target for r in group if r.target))
        for (outcome, check), group in sorted(groups.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
    ]


def _say(outcome: Outcome, group: Sequence[CheckResult]) -> str:
    first = group[0].reason
    if len(group) == 1:
        return first
    return f"{len(group)} {_VERBS[outcome]}; the first: {first}"


def _missing(
    rules: EnvironmentRules,
    results: Sequence[CheckResult],
    held: Sequence[CheckResult],
    blocking: Sequence[CheckResult],
) -> list[Reason]:
    """A reason for every demand that fewer checks met than it needs.

    A check and target with any result that is `held` against it, one that neither passed nor is waived, does not count.
    Where a demand is unmet only because of `blocking` results, they are the reasons already: it is not said twice.
    """
    ran = {(r.check, r.target) for r in results}
    passed = ran - {(r.check, r.target) for r in held}
    told = passed | {(r.check, r.target) for r in blocking}
    reasons = []
    for pattern, needed in rules.needed.items():
        count = _matching(pattern, passed)
        if count < needed and _matching(pattern, told) < needed:
            reasons.append(Reason(pattern, None, _shortfall(pattern, count, needed, _matching(pattern, ran))))
    return reasons


def _matching(pattern: str, results: set[tuple[str, str]]) -> int:
    return sum(fnmatchcase(check, pattern) for check, _ in results)


def _shortfall(pattern: str, passed: int, needed: int, ran: int) -> str:
    if ran == 0:
        return f"{pattern} is demanded and did not run"
    return f"{pattern}: {passed} passed of the {needed} demanded ({ran} reported)"


def valid_until(
    rules: EnvironmentRules,
    results: Iterable[CheckResult],
    started: datetime,
    at: datetime,
    ends: Iterable[datetime] = (),
) -> datetime:
    """When a verdict of `at` on a run that `started` then stops to hold.

    Also when the first waiver that it needed ends; `ends` are those of the manual evidence that it needed.
    """
    needed = [waiver.ends for result in results for waiver in waivers_of(rules.waivers, result, at)]
    return min([started + rules.valid_for, *needed, *ends])
