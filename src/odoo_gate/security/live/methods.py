"""`security.methods`: what a portal user, or nobody, gets out of the methods that the release's modules offer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from odoo_gate.model import IN_BASELINE, Finding, Severity
from odoo_gate.security.live.site import PUBLIC, Site

_ROLES = ("portal", PUBLIC)
_REMEDY = (
    "begin the name with an underscore, decorate it with @api.private, or check the rights in it before sudo(); "
    "when portal users are meant to call it, say why in [security.portal_methods]"
)
_BAD = {"wrote": "and it writes", "wrote and broke": "and it writes before it breaks off", "returned": "and gets data"}


@dataclass(frozen=True)
class Called:
    """What came of calling every method. `ends`: method → role → argument → (how it ended, detail)."""

    methods: int
    models: int
    canary: Mapping[str, str]
    ends: Mapping[str, Mapping[str, Mapping[str, tuple[str, str]]]]


def call_methods(site: Site) -> Called:
    """Call every public method of the release's own modules as portal and as nobody; nothing of it is kept.

    Raises AgentError, ReleaseFailure.
    """
    users = {role: site.users[role] for role in _ROLES}
    told = site.ask("methods.py", "call_all", {"users": users, "own": site.own})
    ends: dict[str, dict[str, dict[str, tuple[str, str]]]] = defaultdict(lambda: defaultdict(dict))
    for method, role, argument, ended, detail in told["calls"]:
        ends[method][role][argument] = (ended, detail)
    return Called(told["methods"], told["models"], told["canary"], ends)


def method_findings(called: Called, meant: Mapping[str, str], baseline: Called | None) -> Iterator[Finding]:
    """Every method that let somebody through, but for those in `meant` (`model.method` → why)."""
    for role, ended in sorted(called.canary.items()):
        if ended != "refused":
            message = f"{role} calls ir.config_parameter.set_param and is not refused ({ended})"
            yield Finding("anything-goes", message, remedy="look at what widened the rights of portal users")
    if not called.methods:
        yield Finding("no-methods", "the release's modules offer no public method of their own", Severity.NOTE)
    for method in sorted(set(meant) - set(called.ends)):
        message = f"[security.portal_methods] names {method}, which is no public method of the release's modules"
        yield Finding("unknown-method", message, remedy="correct the name or take the line out")
    for method, roles in sorted(called.ends.items()):
        if method in meant:
            yield Finding("meant", f"{method} may be called: {meant[method]}", Severity.NOTE)
        else:
            yield from _judged(method, roles, baseline)


def _judged(
    method: str, roles: Mapping[str, Mapping[str, tuple[str, str]]], baseline: Called | None
) -> Iterator[Finding]:
    let_through = {role: worst for role, ends in roles.items() if (worst := _worst(ends)) is not None}
    if let_through:
        who = " and ".join(sorted(let_through))
        ended, detail = next(iter(let_through.values()))
        is_known = baseline is not None and any(_worst(ends) for ends in baseline.ends.get(method, {}).values())
        end = IN_BASELINE if is_known else ""
        severity = Severity.WARNING if is_known else Severity.ERROR
        shown = f": {detail}" if detail else ""
        message = f"{who} may call {method}, {_BAD[ended]}{shown if not is_known else ''}{end}"
        yield Finding("callable", message, severity, remedy=_REMEDY)
        return
    ends = {ended for each in roles.values() for ended, _ in each.values()}
    if "action" in ends:
        message = f"{method} gives portal users an action, without data, where it should refuse"
        yield Finding("gives-action", message, Severity.WARNING, remedy=_REMEDY)
    if ends == {"broke"}:
        detail = next(detail for each in roles.values() for _, detail in each.values())
        message = f"{method} was called and broke before anything refused it, so nobody knows: {detail}"
        yield Finding("inconclusive", message, Severity.WARNING, remedy=_REMEDY)
    if not any(argument != "no record" for each in roles.values() for argument in each):
        yield Finding("no-record", f"{method} was called without a record: the data has none", Severity.NOTE)


def _worst(ends: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    found = [end for end in ends.values() if end[0] in _BAD]
    return min(found, key=lambda end: list(_BAD).index(end[0])) if found else None
