"""Whether a release bears more than its declared peaks: as much more as gate.toml asks of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from odoo_gate.load.capacity import Capacity, find_capacity, in_words
from odoo_gate.load.diagnosis import Resource
from odoo_gate.load.errors import Inconclusive
from odoo_gate.load.stand import Stand
from odoo_gate.model import Finding, Say, Severity
from odoo_gate.settings.performance import LoadSettings
from odoo_gate.traffic import Profile

_REMEDY = (
    "the picture shows where it breaks, the notes what was short there; if the business can live with less, lower"
    " load.headroom"
)


def find_capacities(
    stand: Stand, profiles: Iterable[Profile], settings: LoadSettings, folder: Path, say: Say
) -> tuple[Capacity, ...]:
    """The knee of each of `profiles`, one after the other. Raises as `find_capacity`."""
    return tuple(find_capacity(stand, profile, settings, folder / profile.name, say) for profile in profiles)


def headroom_findings(found: Sequence[Capacity], asked: Mapping[str, float]) -> list[Finding]:
    """What holds less than `asked` of it, and what was short where it broke. Nothing measured is an error."""
    if not found:
        message = "gate.toml asks no profile for headroom: nothing was driven"
        return [Finding("nothing-driven", message, remedy='declare load.headroom, such as { "month-end" = 0.5 }')]
    short = [
        Finding(
            "no-headroom",
            f"{in_words(each)}; {asked[each.profile]:.0%} above the declared peak is asked",
            remedy=_REMEDY,
        )
        for each in found
        if not _holds(each, asked)
    ]
    return [*short, *(note for each in found for note in _shortages(each))]


def check_loaded(found: Iterable[Capacity], asked: Mapping[str, float]) -> None:
    """Raises Inconclusive when the generator gave in before what is asked was reached."""
    unknown = [each for each in found if not _holds(each, asked) and each.limiting is Resource.GENERATOR]
    if unknown:
        raise Inconclusive(
            "; ".join(in_words(each) for each in unknown),
            hint="run it on a quiet machine, or with more processors; nothing is known of the release beyond that",
        )


def _holds(capacity: Capacity, asked: Mapping[str, float]) -> bool:
    return capacity.factor >= 1 + asked[capacity.profile]


def _shortages(capacity: Capacity) -> list[Finding]:
    step = capacity.first_broken
    if step is None:
        return []
    where = f"{capacity.profile} at {step.per_minute:.0f} a minute"
    return [
        replace(finding, message=f"{where}: {finding.message}", severity=Severity.NOTE)
        for finding in step.diagnosis.findings
    ]
