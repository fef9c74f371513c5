"""`security.rights`: what every role may do with every model, next to what was approved and what production allows.

The matrix is computed inside Odoo, as each role's own user and with the record rules as they stand. What matters most,
the models that the release's own modules have a part in, is then asked over RPC in a session of each role: the door
must say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from odoo_gate.model import IN_BASELINE, Finding, Severity
from odoo_gate.security.live.matrix import Key, Matrix, Right, words
from odoo_gate.security.live.site import PUBLIC, Site
from odoo_gate.security.live.web import Browser

_DRAFT = "odoo-gate security rights --write FILE drafts the matrix; name it as security.rights in gate.toml"


@dataclass(frozen=True)
class Measured:
    """The matrix of a site. `own` are the models that the release's modules have a part in, `searched` the
    (role, model) of these whose own search lets the role through."""

    matrix: Matrix
    models: int
    own: tuple[str, ...]
    roles: tuple[str, ...]
    searched: frozenset[Key]


def measure_rights(site: Site) -> Measured:
    """Every role's rights on every model of `site`. Raises AgentError, ReleaseFailure."""
    told = site.ask("rights.py", "measure", {"users": dict(site.users), "own": site.own})
    rows = {(role, model): Right.of(rights, limited) for role, model, rights, limited in told["rows"]}
    searched = frozenset((role, model) for role, model in told["searched"])
    return Measured(Matrix(rows), told["models"], tuple(told["own"]), tuple(sorted(site.users)), searched)


def rights_findings(candidate: Measured, approved: Matrix | None, baseline: Measured | None) -> Iterator[Finding]:
    """Every right that nobody approved, and every approved one that is gone."""
    if not candidate.models or not candidate.matrix.rows:
        yield Finding("nothing-measured", f"{candidate.models} models and no right were measured: that proves nothing")
        return
    if approved is None:
        yield from _against_baseline(candidate, baseline)
        return
    known = baseline.matrix if baseline else Matrix({})
    yield from _unknown_roles(approved, candidate.roles)
    for key in sorted({*candidate.matrix.rows, *approved.models.rows}):
        if key[0] in candidate.roles:
            yield from _compared(key, candidate.matrix.of(*key), approved.of(*key), known.of(*key))


def _against_baseline(candidate: Measured, baseline: Measured | None) -> Iterator[Finding]:
    if baseline is None:
        message = "there is neither an approved matrix of rights nor a baseline to compare with"
        yield Finding("nothing-to-compare", message, remedy=_DRAFT)
        return
    yield Finding("no-approved-matrix", "no matrix of rights was approved: only the baseline says", Severity.NOTE)
    for key in sorted({*candidate.matrix.rows, *baseline.matrix.rows}):
        if key[0] in candidate.roles and key[0] in baseline.roles:
            yield from _compared(key, candidate.matrix.of(*key), baseline.matrix.of(*key), Right(frozenset()))
        elif key[0] in candidate.roles:
            yield from _compared(key, candidate.matrix.of(*key), Right(frozenset()), Right(frozenset()))


def _compared(key: Key, now: Right, approved: Right, known: Right) -> Iterator[Finding]:
    role, model = key
    gained = now.rights - approved.rights
    if gained:
        severity, end = _weight(gained <= known.rights)
        message = f"{role} may {words(gained)} {model}, which nobody approved{end}"
        yield Finding("not-approved", message, severity, remedy=f"take the right away, or approve it: {_DRAFT}")
    unlimited = (now.rights & approved.rights & approved.limited) - now.limited
    if unlimited:
        severity, end = _weight(unlimited <= known.rights - known.limited)
        message = f"no record rule narrows any more what {role} may {words(unlimited)} of {model}{end}"
        yield Finding("rule-lost", message, severity, remedy=f"bring the record rule back, or approve it: {_DRAFT}")
    lost = approved.rights - now.rights
    if lost:
        message = f"{role} may no longer {words(lost)} {model}"
        yield Finding("narrowed", message, Severity.WARNING, remedy=f"when that is meant, approve it: {_DRAFT}")


def _weight(is_known: bool) -> tuple[Severity, str]:
    return (Severity.WARNING, IN_BASELINE) if is_known else (Severity.ERROR, "")


def _unknown_roles(approved: Matrix, roles: Sequence[str]) -> Iterator[Finding]:
    for role in sorted(approved.roles - set(roles)):
        message = f"the approved matrix speaks of {role}, which is no role of gate.toml: nobody looked at it"
        yield Finding("role-gone", message, remedy="name it in [roles], or take its lines out of the matrix")


def door_findings(site: Site, measured: Measured) -> Iterator[Finding]:
    """Where a real session says something else than Odoo inside, for the release's own models.

    Raises StackError when a role's user cannot log in.
    """
    for role in measured.roles:
        if role == PUBLIC:
            yield from _closed_to_nobody(site, measured.own)
            continue
        browser = Browser(site.server, *site.credentials(role))
        for model in measured.own:
            right = measured.matrix.of(role, model)
            gets_through = not browser.call(model, "search", [], 0, 1).refused
            yield from _told(role, model, "search", gets_through, (role, model) in measured.searched)
            for letter, operation in (("u", "write"), ("c", "create")):
                yield from _told(role, model, operation, _may(browser, model, operation), letter in right.rights)
    if not measured.own:
        message = "no model of the release was asked for over RPC: its own modules have a part in none"
        yield Finding("door-not-asked", message, Severity.NOTE)


def _told(role: str, model: str, operation: str, through_door: bool, inside: bool) -> Iterator[Finding]:
    if through_door != inside:
        said = "lets it through" if through_door else "refuses it"
        message = f"{role} may {'' if inside else 'not '}{operation} {model} by its rights, but a session {said}"
        yield Finding("door-differs", message, remedy=f"look at what {model} does in its own access methods")


def _may(browser: Browser, model: str, operation: str) -> bool:
    answer = browser.call(model, "has_access", [], operation)
    if answer.refused:  # before 18 it had another name
        answer = browser.call(model, "check_access_rights", operation, False)
    return bool(answer.result)


def _closed_to_nobody(site: Site, models: Iterable[str]) -> Iterator[Finding]:
    """Who is not logged in gets no RPC at all."""
    nobody = Browser(site.server)
    for model in models:
        if not nobody.call(model, "search", [], 0, 1).refused:
            yield Finding("door-differs", f"{model} is read over RPC by a session that did not log in")
