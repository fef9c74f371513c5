"""From evidence to a verdict: everything that did not pass keeps a release from GO."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from odoo_gate.model import CheckResult, Outcome, Reason, Status, Verdict
from odoo_gate.policy.document import AllowedSkip, EnvironmentRules, Policy

_VERBS = {Outcome.FAILED: "failed", Outcome.ERRORED: "could not be completed", Outcome.SKIPPED: "skipped"}


def judge(policy: Policy, environment: str, results: Iterable[CheckResult]) -> Verdict:
    """The verdict on `results` for `environment`.

    NO-GO when any check failed, demanded or not; otherwise INCONCLUSIVE when any errored, was skipped without
    the policy's leave, or did not run though demanded; otherwise GO. A result that is repeated counts as the
    worst of its kind. Raises SettingsError when the policy does not know `environment`.
    """
    rules = policy.rules(environment)
    known = list(results)
    blocking = [r for r in known if r.outcome is not Outcome.PASSED and allowance(rules, r) is None]
    reasons = [*_reasons_of(blocking), *_missing(rules, known)]
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


def _missing(rules: EnvironmentRules, results: Sequence[CheckResult]) -> list[Reason]:
    """A reason for every demand that fewer checks passed than it needs.

    A check and target that has any result but a passed one does not count as passed.
    """
    ran = {(r.check, r.target) for r in results}
    passed = ran - {(r.check, r.target) for r in results if r.outcome is not Outcome.PASSED}
    reasons = []
    for pattern, needed in rules.needed.items():
        count = _matching(pattern, passed)
        if count < needed:
            reasons.append(Reason(pattern, None, _shortfall(pattern, count, needed, _matching(pattern, ran))))
    return reasons


def _matching(pattern: str, results: set[tuple[str, str]]) -> int:
    return sum(fnmatchcase(check, pattern) for check, _ in results)


def _shortfall(pattern: str, passed: int, needed: int, ran: int) -> str:
    if ran == 0:
        return f"{pattern} is demanded and did not run"
    return f"{pattern}: {passed} passed of the {needed} demanded ({ran} reported)"
