"""The whole analysis of a release: every file read once, every rule asked, exceptions applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from odoo_gate.addons import AddonGraph
from odoo_gate.model import Finding, Place, Severity
from odoo_gate.security.code.facts import Facts
from odoo_gate.security.code.lint import LINT_RULES
from odoo_gate.security.code.models import model_classes
from odoo_gate.security.code.program import program_of
from odoo_gate.security.code.rights import access_rows, record_rules
from odoo_gate.security.code.rule import AddonRule, Hit, ReleaseRule, Rule, Sighting
from odoo_gate.security.code.rules import RULES
from odoo_gate.security.code.source import AddonSource, read_source
from odoo_gate.security.code.suppression import Suppression, accepted, problems, suppressions_of

UNREADABLE = Rule(
    name="unreadable-file",
    severity=Severity.ERROR,
    reason="what cannot be parsed was not looked at",
    remedy="correct the file",
)
NAMES = frozenset(rule.name for rule in RULES)
"""The rules an exception in code may name, beside those of the linters. A file that cannot be read is no exception."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was seen in a release, and how much was looked at."""

    sightings: tuple[Sighting, ...]
    facts: Facts
    suppressions: tuple[Suppression, ...]
    folders: Mapping[str, str]
    """Addon → its folder, POSIX from the release's root."""
    addons: int
    files: int
    lines: int


@dataclass(frozen=True, slots=True)
class _Part:
    """What one addon contributes; its syntax trees are gone by then."""

    hits: tuple[tuple[Rule, Hit], ...]
    facts: Facts
    suppressions: tuple[Suppression, ...]
    files: int
    lines: int


def analyse(graph: AddonGraph) -> Analysis:
    """Look at the judged addons of a release. Raises what `read_source` raises."""
    folders = {name: graph.folders[name] for name in graph.selected if name in graph.folders}
    places = {name: folder.relative_to(graph.root).as_posix() for name, folder in folders.items()}
    program = program_of(graph)
    parts = []
    for name, folder in folders.items():
        parts.append(_examine(read_source(name, folder, graph.root, program[name])))
    facts = Facts(
        models=tuple(chain.from_iterable(part.facts.models for part in parts)),
        access=tuple(chain.from_iterable(part.facts.access for part in parts)),
        rules=tuple(chain.from_iterable(part.facts.rules for part in parts)),
    )
    hits = chain(chain.from_iterable(part.hits for part in parts), _of_release(facts))
    suppressions = tuple(chain.from_iterable(part.suppressions for part in parts))
    sightings, used = accepted(_sightings(hits, places), suppressions, places)
    for each in suppressions:
        served = each in used or not LINT_RULES.isdisjoint(each.rules)  # the linters run in a check of their own
        sightings += problems(each, served, NAMES | LINT_RULES, places)
    return Analysis(
        sightings=tuple(sorted(sightings, key=_by_place)),
        facts=facts,
        suppressions=suppressions,
        folders=places,
        addons=len(parts),
        files=sum(part.files for part in parts),
        lines=sum(part.lines for part in parts),
    )


def _examine(source: AddonSource) -> _Part:
    hits: list[tuple[Rule, Hit]] = [
        (UNREADABLE, Hit(source.name, each.path, each.line, f"{source.name}/{each.path}: {each.reason}"))
        for each in source.unreadable
    ]
    for rule in RULES:
        if isinstance(rule, AddonRule):
            hits += [(rule, hit) for hit in rule.examine(source)]
    return _Part(
        hits=tuple(hits),
        facts=Facts(tuple(model_classes(source)), tuple(access_rows(source)), tuple(record_rules(source))),
        suppressions=tuple(suppressions_of(source)),
        files=source.files,
        lines=sum(file.text.count("\n") for file in source.python),
    )


def _of_release(facts: Facts) -> Iterator[tuple[Rule, Hit]]:
    for rule in RULES:
        if isinstance(rule, ReleaseRule):
            yield from ((rule, hit) for hit in rule.examine(facts))


def _sightings(hits: Iterable[tuple[Rule, Hit]], places: Mapping[str, str]) -> Iterator[Sighting]:
    for rule, hit in hits:
        place = Place(f"{places[hit.addon]}/{hit.path}", hit.line)
        finding = Finding(rule.name, hit.message, hit.severity or rule.severity, place, rule.remedy)
        yield Sighting(hit.addon, finding, hit.line, max(hit.last_line, hit.line))


def _by_place(sighting: Sighting) -> tuple[str, int, str]:
    place = sighting.finding.place
    return (place.path, place.line or 0, sighting.finding.rule) if place else ("", 0, sighting.finding.rule)
