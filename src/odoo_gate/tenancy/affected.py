"""`tenancy.companies`: whose data a release touches, and whether each of these companies can work with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from odoo_gate.model import IN_BASELINE, Finding, Severity
from odoo_gate.odoo.testbed import Release
from odoo_gate.tenancy.group import Group, group_findings

_REMEDY = {
    "locked-out": "look at the record rules of the model: its own company must be among company_ids",
    "cannot-open": "open a record as a user of this company; look at its computed fields",
    "crosses-companies": "repair the records in a migration script, and set check_company=True on the field",
}


@dataclass(frozen=True)
class Touched:
    """The models with a company that a release changes, and why each."""

    why: dict[str, str]

    @property
    def models(self) -> list[str]:
        return sorted(self.why)


@dataclass(frozen=True)
class Validated:
    """What each company's own user found. `rows`: (company, model) → records; `faults` as (rule, company, model) →
    what is wrong."""

    rows: dict[tuple[int, str], int]
    faults: dict[tuple[str, int, str], str]

    def companies(self) -> dict[int, int]:
        """Affected company → how many of its records."""
        found: dict[int, int] = {}
        for (company, _), count in self.rows.items():
            found[company] = found.get(company, 0) + count
        return {company: count for company, count in found.items() if count}


def changed_modules(candidate: Release, baseline: Release | None) -> list[str]:
    """Own modules that are new or have another content than in the baseline; all of them without one."""
    own = candidate.graph.own
    if baseline is None:
        return sorted(own)
    before = baseline.graph
    return sorted(name for name in own if name not in before.own or before.digest(name) != candidate.graph.digest(name))


def touched_by(group: Group, baseline: Group | None) -> Touched:
    """Models of changed modules, and models whose record rules differ. Raises AgentError, ReleaseFailure."""
    modules = changed_modules(group.release, baseline.release if baseline else None)
    why = dict.fromkeys(group.ask("companies.py", "parts", modules=modules) if modules else (), "its module changed")
    if baseline is not None:
        before, after = baseline.ask("companies.py", "rules"), group.ask("companies.py", "rules")
        for rule in {*before, *after}:
            if before.get(rule) != after.get(rule):
                model = (after.get(rule) or before[rule])[0]
                why[model] = f"the record rule {rule} changed"
    return Touched(why)


def validate_companies(group: Group, models: Sequence[str]) -> Validated:
    """As each chosen company's user: its records of `models` are seen, open, and refer to no other company's.

    Raises AgentError, ReleaseFailure.
    """
    chosen = [each for each in group.plain if each[0] in group.chosen]
    told = group.ask("companies.py", "validate", companies=chosen, users=group.asked, models=list(models))
    return Validated(
        rows={(company, model): count for company, model, count in told["rows"]},
        faults={(rule, company, model): what for rule, company, model, what in told["faults"]},
    )


def company_findings(
    group: Group, touched: Touched, validated: Validated, baseline: Validated | None
) -> Iterator[Finding]:
    """Who is affected, and what is wrong for whom."""
    yield from group_findings(group)
    affected = validated.companies()
    if not touched.models:
        yield Finding("nobody-affected", "this release touches no data that belongs to a company", Severity.NOTE)
    elif not affected:
        message = (
            f"no company has a record of {', '.join(touched.models)}, which this release touches: nothing to validate"
        )
        remedy = "let the data have records of these models: by data.archetypes, or a dump of production"
        yield Finding("no-records", message, remedy=remedy)
    for company, count in sorted(affected.items()):
        models = sorted(model for (each, model), rows in validated.rows.items() if each == company and rows)
        message = f"{group.name(company)} is affected: {count} records of {', '.join(models)}"
        yield Finding("affected", message, Severity.NOTE)
    for (rule, company, model), what in sorted(validated.faults.items()):
        is_known = baseline is not None and (rule, company, model) in baseline.faults
        end = IN_BASELINE if is_known else ""
        message = f"{group.name(company)}, {model}: {what}{end}"
        yield Finding(rule, message, Severity.WARNING if is_known else Severity.ERROR, remedy=_REMEDY[rule])
