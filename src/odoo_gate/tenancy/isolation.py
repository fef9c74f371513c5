"""`tenancy.isolation`: what the users of one company get at of the others, in every model with a company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from odoo_gate.model import IN_BASELINE, Finding, Severity
from odoo_gate.tenancy.group import Group, group_findings

_REMEDY = (
    "give the model a record rule without groups: [('company_id', 'in', company_ids)], with False where it is shared"
)


@dataclass(frozen=True)
class Looked:
    """What was found. `leaks`: model → way → names of the companies whose users get through.

    `own` are the models that the release's modules made, `suspect` those whose rules of companies are off or come from
    these modules, `untried` the ones without a record of another company, and why none was made.
    """

    models: tuple[str, ...]
    own: frozenset[str]
    suspect: frozenset[str]
    leaks: Mapping[str, Mapping[str, tuple[str, ...]]]
    untried: Mapping[str, str]
    broke: tuple[str, ...]
    tried: int


def look_across(group: Group) -> Looked:
    """Try everything as every chosen company's user. Raises AgentError, ReleaseFailure."""
    own = sorted(group.release.graph.own)
    told = group.ask("isolation.py", "look", companies=group.plain, users=group.asked, own=own)
    leaks: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for model, company, ways, _ in told["leaks"]:
        for way in ways:
            leaks[model][way].append(group.name(company))
    return Looked(
        models=tuple(model for model, _, _ in told["models"]),
        own=frozenset(model for model, is_own, _ in told["models"] if is_own),
        suspect=frozenset(model for model, _, is_suspect in told["models"] if is_suspect),
        leaks={model: {way: tuple(names) for way, names in ways.items()} for model, ways in leaks.items()},
        untried={model: why for model, _, why in told["untried"]},
        broke=tuple(sorted({f"{model}: {error}" for model, _, error in told["broke"]})),
        tried=told["tried"],
    )


def isolation_findings(group: Group, looked: Looked, baseline: Looked | None) -> Iterator[Finding]:
    """Every leak. An own model that leaks is an error also where the baseline leaks; stock's own gaps are warnings."""
    yield from group_findings(group)
    if len(group.companies) < 2:
        return
    if not looked.tried:
        yield Finding("nothing-tried", "no model has a record of another company: nothing could be tried")
    for model, ways in sorted(looked.leaks.items()):
        yield _leak(model, ways, looked, baseline)
    for model in sorted(set(looked.untried) & looked.own):
        message = f"{model} was not exercised: no other company has a record, and none could be made"
        remedy = f"let the data have records of it ({looked.untried[model]})"
        yield Finding("own-not-exercised", message, Severity.WARNING, remedy=remedy)
    if missed := sorted(set(looked.untried) - looked.own):
        message = f"not exercised, as no other company has a record and none could be made: {', '.join(missed)}"
        yield Finding("not-exercised", message, Severity.NOTE)
    for broke in looked.broke:
        yield Finding("broke", f"a question was answered by an error, not by a refusal: {broke}", Severity.WARNING)


def _leak(model: str, ways: Mapping[str, tuple[str, ...]], looked: Looked, baseline: Looked | None) -> Finding:
    names = sorted({name for each in ways.values() for name in each})
    message = f"{model}: users of {', '.join(names)} get at other companies' records by {', '.join(ways)}"
    if model in looked.own:
        return Finding("leak", message, remedy=_REMEDY)
    if baseline is not None:
        fresh = sorted(set(ways) - set(baseline.leaks.get(model, {})))
        if fresh:
            return Finding("leak", f"{message} (new since the baseline: {', '.join(fresh)})", remedy=_REMEDY)
        return Finding("stock-leak", message + IN_BASELINE, Severity.WARNING)
    if model not in looked.suspect:
        return Finding("stock-leak", f"{message}, as Odoo itself lets them", Severity.WARNING)
    return Finding("leak", message, remedy="look at what became of the record rule that Odoo has for it")
