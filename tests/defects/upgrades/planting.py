"""Two releases made from the upgrades' corpus: what production has, and a candidate with a defect in each module.

`corpus/baseline` and `corpus/candidate` hold the addon `planted`; together they are the clean twin. A case is a folder
with an `expect.toml` and the files that are laid over the candidate. The word `planted` becomes the case's name, so
that all cases fit into one pair of releases.
"""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
WORD = "planted"
CLEAN = "clean_twin"
LANGUAGES = ("en_US", "fr_FR")


@dataclass(frozen=True)
class Upgrade:
    """One defect: the check that finds it, and the rule of a finding (empty: any).

    `batch`: `shared` is upgraded together with others, for what is said of it names it; `alone` would disturb them.
    """

    name: str
    defect: str
    check: str
    rule: str
    batch: str


def upgrades() -> list[Upgrade]:
    return [
        Upgrade(name=path.parent.name, **tomllib.loads(path.read_text("utf-8")))
        for path in sorted(CORPUS.glob("*/expect.toml"))
    ]


def write_project(root: Path) -> Path:
    """A project whose baseline and candidate have a module for each case, and the clean one."""
    for name in (CLEAN, *(case.name for case in upgrades())):
        write_module(root / "production" / "addons", name, [CORPUS / "baseline"])
        overlays = [CORPUS / "candidate", *([CORPUS / name] if name != CLEAN else [])]
        write_module(root / "addons", name, overlays)
    languages = ", ".join(f'"{each}"' for each in LANGUAGES)
    (root / "gate.toml").write_text(
        '[project]\nname = "upgrades"\nseries = "19.0"\n[baseline]\npath = "production"\n'
        f"[database]\nlanguages = [{languages}]\n",
        "utf-8",
    )
    return root


def write_module(addons: Path, name: str, layers: list[Path]) -> None:
    """Lay `layers` over one another as the addon `name`."""
    draft = addons.parent / "draft"
    for layer in layers:
        shutil.copytree(layer, draft, dirs_exist_ok=True)
    for path in sorted((draft / WORD).rglob("*")):
        if path.is_file():
            target = addons / name / path.relative_to(draft / WORD)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text("utf-8").replace(WORD, name), "utf-8")
    shutil.rmtree(draft)
