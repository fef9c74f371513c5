"""`security.duties`: nobody can do both sides of what two people should do, judged by what users can really do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from odoo_gate.model import IN_BASELINE, Finding, Severity
from odoo_gate.odoo.rpc import ADMIN
from odoo_gate.policy import Duty
from odoo_gate.security.live.site import PUBLIC, Site

BUILT_IN = (
    Duty(
        name="vendor-and-payment",
        one=("res.partner:create", "res.partner.bank:create"),
        other=("account.payment:action_post",),
        because="who invents a vendor or its bank account must not be the one who pays it",
    ),
    Duty(
        name="order-and-approval",
        one=("purchase.order:create",),
        other=("purchase.order:button_approve",),
        because="who orders must not approve what was ordered",
    ),
    Duty(
        name="bill-and-payment",
        one=("purchase.order:create",),
        other=("account.payment:action_post",),
        because="who orders must not pay",
    ),
    Duty(
        name="expense-and-approval",
        one=("hr.expense:create",),
        other=("hr.expense:action_approve",),
        because="nobody approves an own expense",
    ),
)
"""What is judged when the policy has no [[duties]]; each where its models are installed."""
_EXEMPT = ("base.group_system",)
"""Administrators of the system can give themselves every right: they are watched, not separated."""
_REMEDY = (
    "take one side's groups away, have a second person approve, or say in [[duties]] allowed why the role has both"
)


@dataclass(frozen=True)
class Abilities:
    """Who can do which act of the rules. `who` is a role, or `the user x` of the data."""

    can: Mapping[str, frozenset[str]]
    unknown: Mapping[str, str]
    untried: frozenset[str]
    judged: tuple[str, ...]


def abilities_of(site: Site, duties: Sequence[Duty]) -> Abilities:
    """Try every act of `duties` as every role but public and admin, and as the people of the data.

    Raises AgentError, ReleaseFailure.
    """
    users = {role: uid for role, uid in site.users.items() if role not in (ADMIN, PUBLIC)}
    acts = sorted({act for duty in duties for act in (*duty.one, *duty.other)})
    arguments = {"users": users, "acts": [act.split(":") for act in acts], "exempt": list(_EXEMPT)}
    told = site.ask("duties.py", "judge", arguments)
    can: dict[str, set[str]] = {}
    for who, model, act in told["can"]:
        can.setdefault(who, set()).add(f"{model}:{act}")
    return Abilities(
        can={who: frozenset(each) for who, each in can.items()},
        unknown={f"{model}:{act}": lack for model, act, lack in told["unknown"]},
        untried=frozenset(f"{model}:{act}" for model, act in told["untried"]),
        judged=tuple(sorted({*users, *told["people"]})),
    )


def duty_findings(
    duties: Sequence[Duty], candidate: Abilities, baseline: Abilities | None, *, built_in: bool
) -> Iterator[Finding]:
    """Everybody who can do both sides of a rule; rules that could not be judged."""
    if built_in:
        message = "the policy has no [[duties]]: odoo-gate's own are judged"
        yield Finding("built-in", message, Severity.NOTE)
    judged = 0
    for duty in duties:
        acts = {*duty.one, *duty.other}
        unknown = sorted(acts & set(candidate.unknown))
        if unknown and not built_in:
            yield from _names_nothing(duty, unknown, candidate.unknown)
        elif unknown and (not acts_known(duty.one, candidate) or not acts_known(duty.other, candidate)):
            yield Finding("not-applicable", f"{duty.name}: this database has no {', '.join(unknown)}", Severity.NOTE)
            continue
        yield from _untried(duty, candidate)
        judged += 1
        for who in candidate.judged:
            yield from _judged(duty, who, candidate, baseline)
    if not judged:
        message = "no rule of separated duties could be judged"
        remedy = "write [[duties]] in the policy for what two people should do here"
        yield Finding("nothing-judged", message, remedy=remedy)


def acts_known(side: Collection[str], abilities: Abilities) -> bool:
    """Whether something of a side exists in this database."""
    return any(act not in abilities.unknown for act in side)


def _names_nothing(duty: Duty, unknown: Sequence[str], lacks: Mapping[str, str]) -> Iterator[Finding]:
    for act in unknown:
        message = f"the rule {duty.name} names {act}, but there is no such {lacks[act]}"
        yield Finding("unknown-act", message, remedy="correct [[duties]] in the policy")


def _untried(duty: Duty, abilities: Abilities) -> Iterator[Finding]:
    for side in (duty.one, duty.other):
        lost = sorted(set(side) & abilities.untried)
        if not lost:
            continue
        tried = [act for act in side if act not in abilities.untried and act not in abilities.unknown]
        message = f"{duty.name}: {', '.join(lost)} changed no record even for an administrator, so it was not tried"
        severity = Severity.WARNING if tried else Severity.ERROR
        remedy = "let the data have a record it applies to, or name an act of its own"
        yield Finding("not-tried", message, severity, remedy=remedy)


def _judged(duty: Duty, who: str, candidate: Abilities, baseline: Abilities | None) -> Iterator[Finding]:
    one, other = (_held(side, who, candidate) for side in (duty.one, duty.other))
    if not one or not other:
        return
    if who in duty.allowed:
        yield Finding("allowed", f"{who} has both sides of {duty.name}: {duty.allowed[who]}", Severity.NOTE)
        return
    is_known = baseline is not None and all(_held(side, who, baseline) for side in (duty.one, duty.other))
    end = IN_BASELINE if is_known else ""
    message = f"{who} can do {', '.join(one)} and {', '.join(other)} ({duty.name}: {duty.because}){end}"
    yield Finding("both-sides", message, Severity.WARNING if is_known else Severity.ERROR, remedy=_REMEDY)


def _held(side: Collection[str], who: str, abilities: Abilities) -> list[str]:
    return sorted(set(side) & abilities.can.get(who, frozenset()))
