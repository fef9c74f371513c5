"""Small projects with one planted defect each: the clean twin's files, and over them those of a case."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Planted:
    """A case folder: `expect.toml` with what must be found, `files/` with what is planted, `gate` for gate.toml."""

    name: str
    folder: Path
    facts: dict[str, Any] = field(hash=False)

    @property
    def check(self) -> str:
        return str(self.facts.get("check", ""))

    def project(self, root: Path) -> Path:
        """The clean twin in `root`, with this case's files and settings over it."""
        shutil.copytree(self.folder.parent / "clean" / "files", root, dirs_exist_ok=True)
        if self.name != "clean" and (self.folder / "files").is_dir():
            shutil.copytree(self.folder / "files", root, dirs_exist_ok=True)
        for name in self.facts.get("without", []):
            (root / name).unlink()
        settings = root / "gate.toml"
        text = settings.read_text("utf-8")
        for old, new in self.facts.get("replace", {}).items():
            assert old in text, f"{self.name}: the clean gate.toml has no {old!r}"
            text = text.replace(old, new)
        settings.write_text(text + self.facts.get("gate", ""), "utf-8")
        return root


def planted_in(folder: Path) -> list[Planted]:
    """Every case of a folder, the clean twins too, by name."""
    return [
        Planted(path.parent.name, path.parent, tomllib.loads(path.read_text("utf-8")))
        for path in sorted(folder.glob("*/expect.toml"))
    ]
