"""Releases for a whole rehearsal, made from `corpus/rehearsed`: one that is sound, one with every defect planted.

A case is a folder with an `expect.toml` and, where a module is what is wrong, the files laid over the candidate. What a
rehearsal measures is not told by module: both releases are projects of their own, with the same objectives.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from upgrades.planting import CORPUS, WORD, write_module

REHEARSED = CORPUS / "rehearsed"
CLEAN = "clean_twin"
STEADY = "steady"
"""A module that takes its time and locks nobody out: the twin of those that do, and what can be killed half-way."""
GATE_TOML = """
[project]
name = "rehearsed releases"
series = "19.0"

[baseline]
path = "production"

[migration]
max_lock_seconds = 5
max_downtime_seconds = 18
side_by_side = true
"""


@dataclass(frozen=True)
class Planted:
    """One defect of a rehearsed release: the check that finds it, and the rule of a finding."""

    name: str
    defect: str
    check: str
    rule: str

    @property
    def has_module(self) -> bool:
        return (REHEARSED / self.name / WORD).is_dir()


def planted() -> list[Planted]:
    return [
        Planted(name=path.parent.name, **tomllib.loads(path.read_text("utf-8")))
        for path in sorted(REHEARSED.glob("*/expect.toml"))
    ]


def write_release(root: Path, modules: Sequence[str]) -> Path:
    """A project whose baseline and candidate have these modules: cases, or the clean twin."""
    for name in modules:
        write_module(root / "production" / "addons", name, [REHEARSED / "baseline"])
        overlays = [REHEARSED / "candidate", *([REHEARSED / name] if name != CLEAN else [])]
        write_module(root / "addons", name, overlays)
    (root / "gate.toml").write_text(GATE_TOML, "utf-8")
    return root
