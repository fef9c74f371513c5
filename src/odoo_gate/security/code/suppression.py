"""Exceptions written into the code: `# odoo-gate: ignore[rule] reason`, on the finding's lines or just above."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from odoo_gate.model import Finding, Place, Severity
from odoo_gate.security.code.rule import Sighting
from odoo_gate.security.code.source import AddonSource

_MARK = "odoo-gate:"
_WRITTEN = re.compile(r"odoo-gate:\s*ignore\s*\[(?P<rules>[^\]]*)\]\s*(?P<reason>.*)", re.DOTALL)
_XML_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_REMEDY = "write `odoo-gate: ignore[rule-name] why this is no hole`, or remove the comment"
_MEANT = re.compile(r"odoo-gate:\s*(ignore|noqa|nosec|disable|skip)")


@dataclass(frozen=True, slots=True)
class Suppression:
    """`path` is POSIX inside the addon; `first` and `last` are the lines the comment stands on."""

    addon: str
    path: str
    first: int
    last: int
    rules: tuple[str, ...]
    reason: str


def suppressions_of(addon: AddonSource) -> Iterator[Suppression]:
    """The exceptions in an addon's Python and XML files. One that cannot be read has no rules."""
    for file in addon.python:
        if _MARK in file.text:
            for line, text in _python_comments(file.text):
                yield from _read(addon.name, file.path, line, line, text)
    for page in (*addon.xml, *addon.templates):
        if _MARK in page.text:
            for found in _XML_COMMENT.finditer(page.text):
                first = page.text.count("\n", 0, found.start()) + 1
                yield from _read(addon.name, page.path, first, first + found[0].count("\n"), found[1])


def accepted(
    sightings: Iterable[Sighting], suppressions: Sequence[Suppression], places: Mapping[str, str]
) -> tuple[list[Sighting], frozenset[Suppression]]:
    """The sightings with those accepted turned into notes that say why, and the exceptions that served.

    `places` maps an addon to its folder, POSIX from the release's root.
    """
    used: set[Suppression] = set()
    return [_accepted(each, suppressions, places, used) for each in sightings], frozenset(used)


def problems(
    suppression: Suppression, used: bool, known: Collection[str], places: Mapping[str, str]
) -> Iterator[Sighting]:
    """What is wrong with an exception itself; `known` are the names of all rules."""
    strangers = [name for name in suppression.rules if name not in known]
    written = f"ignore[{', '.join(suppression.rules)}]"
    if not suppression.rules:
        yield _about(suppression, places, "suppression-unknown", "an exception cannot be read", Severity.ERROR)
    elif strangers:
        what = f"{written} names no rule there is ({', '.join(strangers)})"
        yield _about(suppression, places, "suppression-unknown", what, Severity.ERROR)
    elif not suppression.reason:
        yield _about(suppression, places, "suppression-without-reason", f"{written} gives no reason", Severity.ERROR)
    elif not used:
        what = f"{written} stands where nothing is found, and would hide what comes there"
        yield _about(suppression, places, "suppression-unused", what, Severity.WARNING)


def _accepted(
    sighting: Sighting, suppressions: Sequence[Suppression], places: Mapping[str, str], used: set[Suppression]
) -> Sighting:
    place = sighting.finding.place
    for each in suppressions:
        if each.addon != sighting.addon or sighting.finding.rule not in each.rules or place is None:
            continue
        near = each.first <= sighting.last_line and each.last >= sighting.first_line - 1
        if place.path == f"{places[each.addon]}/{each.path}" and near:
            used.add(each)
            if each.reason:
                return _as_note(sighting, each.reason)
    return sighting


def _as_note(sighting: Sighting, reason: str) -> Sighting:
    found = sighting.finding
    note = Finding(found.rule, f"{found.message} (accepted: {reason})", Severity.NOTE, found.place)
    return Sighting(sighting.addon, note, sighting.first_line, sighting.last_line)


def _about(suppression: Suppression, places: Mapping[str, str], rule: str, what: str, severity: Severity) -> Sighting:
    place = Place(f"{places[suppression.addon]}/{suppression.path}", suppression.first)
    finding = Finding(rule, f"{suppression.path}: {what}", severity, place, _REMEDY)
    return Sighting(suppression.addon, finding, suppression.first, suppression.last)


def _read(addon: str, path: str, first: int, last: int, text: str) -> Iterator[Suppression]:
    found = _WRITTEN.search(text)
    if found:
        rules = tuple(name.strip() for name in found["rules"].split(",") if name.strip())
        yield Suppression(addon, path, first, last, rules, " ".join(found["reason"].split()).strip(" :-"))
    elif _MEANT.search(text):
        yield Suppression(addon, path, first, last, (), "")


def _python_comments(text: str) -> Iterator[tuple[int, str]]:
    """The comments of a file that parses."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
