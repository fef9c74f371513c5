"""What data is asked for: the profile, the scale and the seed."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.errors import UsageError
from odoo_gate.settings import Settings

INSIDE = Path(__file__).parent / "inside"
"""The scripts that run in Odoo."""

PERIOD_START = datetime.date(2023, 7, 5)
"""A Wednesday: the day the archetypes start at. Fixed, so that the same seed gives the same database on every day."""
PERIOD_DAYS = 1080
"""Days after it, in which documents start: three years less what an archetype itself takes."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much: at least so many documents and so many journal items, made of archetypes of so many jobs."""

    documents: int
    move_lines: int
    jobs_per_company: int
    jobs: int
    """Jobs in the whole database, about."""


SCALES: Mapping[str, Scale] = {
    "small": Scale(documents=3_000, move_lines=0, jobs_per_company=1, jobs=120),
    "medium": Scale(documents=20_000, move_lines=100_000, jobs_per_company=2, jobs=400),
    "large": Scale(documents=200_000, move_lines=1_000_000, jobs_per_company=4, jobs=1_200),
}

PROFILES: Mapping[str, tuple[str, ...]] = {
    "construction": (
        "contacts",
        "account",
        "project",
        "hr",
        "construction_job_costing",
        "construction_retention",
        "purchase",
        "stock",
        "hr_expense",
        "maintenance",
        "construction_subcontract",
        "construction_equipment",
    ),
}
"""The archetype families of a profile, in the order they are made; each is used where its modules are installed."""


@dataclass(frozen=True, slots=True)
class DataSpec:
    """The data of a template. `archetypes` are a project's own files of archetype families."""

    profile: str = "construction"
    scale: str = "small"
    seed: int = 1
    archetypes: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        for value, known, what in ((self.profile, PROFILES, "profile"), (self.scale, SCALES, "scale")):
            if value not in known:
                raise UsageError(f"there is no {what} {value!r}", hint="choose one of: " + ", ".join(known))

    @property
    def families(self) -> list[dict[str, str]]:
        """Name and source of every family. Raises UsageError when a project's own file cannot be read."""
        shipped = [INSIDE / "families" / f"{name}.py" for name in PROFILES[self.profile]]
        return [{"name": path.stem, "source": _source(path)} for path in (*shipped, *self.archetypes)]

    @property
    def facts(self) -> Scale:
        return SCALES[self.scale]


def data_spec(
    settings: Settings, *, profile: str | None = None, scale: str | None = None, seed: int | None = None
) -> DataSpec:
    """What gate.toml's `[data]` asks for, unless the arguments do. Raises UsageError."""
    section = settings.data
    return DataSpec(
        profile=section.profile if profile is None else profile,
        scale=section.scale if scale is None else scale,
        seed=section.seed if seed is None else seed,
        archetypes=tuple(settings.resolve(path) for path in section.archetypes),
    )


def _source(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", hint="correct data.archetypes in gate.toml") from error
