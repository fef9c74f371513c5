"""Releases made from the corpus: copies of the clean addons, each with one defect laid over it.

`corpus/clean` is the addon `planted` and its companion `planted_other`. A case is a folder with an `expect.toml` and
the files that make the defect. In a release the word `planted` becomes the case's name, so that many cases fit into
one release without touching one another.
"""

from __future__ import annotations

import fnmatch
import shutil
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
CLEAN = CORPUS / "clean"
WORD = "planted"


@dataclass(frozen=True)
class Case:
    """One defect: where it is planted, what runs, and what must be said of it.

    `batch`: `static` needs no Docker, `shared` runs beside other defects, `alone` would disturb them.
    `target`, `rule` and `reason` are an fnmatch pattern, a finding's rule and a part of the reason.
    """

    name: str
    defect: str
    batch: str
    check: str
    outcome: str
    target: str = ""
    rule: str = ""
    reason: str = ""
    select: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()

    def matches(self, check: str, target: str) -> bool:
        """Whether a result speaks of this case: its check, of its target."""
        return check == self.check and fnmatch.fnmatchcase(target, self._named(self.target))

    def selected(self) -> list[str]:
        return [self._named(node) for node in self.select]

    def _named(self, text: str) -> str:
        return text.replace(WORD, self.name)


def cases() -> list[Case]:
    found = []
    for path in sorted(CORPUS.glob("*/expect.toml")):
        facts = tomllib.loads(path.read_text("utf-8"))
        for key in ("select", "removes"):
            facts[key] = tuple(facts.get(key, ()))
        found.append(Case(name=path.parent.name, **facts))
    return found


def clean_release(root: Path) -> Path:
    """The clean addons under their own names."""
    shutil.copytree(CLEAN, root / "addons")
    return _with_settings(root)


def defective_release(root: Path, planted: Iterable[Case]) -> Path:
    """A release with the addons of each case."""
    for case in planted:
        draft = root / "drafts" / case.name
        shutil.copytree(CLEAN / WORD, draft / WORD)
        if (CORPUS / case.name / f"{WORD}_other").is_dir():
            shutil.copytree(CLEAN / f"{WORD}_other", draft / f"{WORD}_other")
        shutil.copytree(CORPUS / case.name, draft, dirs_exist_ok=True)
        (draft / "expect.toml").unlink()
        for name in case.removes:
            _remove(draft / name)
        _rename(draft, root / "addons", case.name)
    shutil.rmtree(root / "drafts")
    return _with_settings(root)


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _rename(draft: Path, addons: Path, name: str) -> None:
    for path in sorted(draft.rglob("*")):
        if path.is_file():
            target = addons / path.relative_to(draft).as_posix().replace(WORD, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text("utf-8").replace(WORD, name), "utf-8")


def _with_settings(root: Path) -> Path:
    (root / "gate.toml").write_text(
        '[project]\nname = "defects"\nseries = "19.0"\n[database]\nlanguages = ["en_US", "fr_FR"]\n', "utf-8"
    )
    return root
