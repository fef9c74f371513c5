"""Projects for a whole rehearsal of recovery, made from `corpus`: a sound one, and each case laid over it."""

from __future__ import annotations

import importlib.util
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
CLEAN = "clean_twin"
SCRIPT = "back.sql"
GATE_TOML = """
[project]
name = "rehearsed recovery"
series = "19.0"

[baseline]
path = "baseline"

[recovery]
rto_seconds = 25
backup_every_seconds = 1800
max_lost_documents = 0
rollback = "script"
rollback_script = "back.sql"
"""


@dataclass(frozen=True)
class Planted:
    """One defect of a production or of its release: the check that finds it, and the rule of a finding."""

    name: str
    defect: str
    check: str
    rule: str

    def plant(self, folder: Path) -> None:
        """Spoil a backup in `folder`."""
        spec = importlib.util.spec_from_file_location(f"plant_{self.name}", CORPUS / self.name / "plant.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.plant(folder)


def planted() -> list[Planted]:
    return [
        Planted(path.parent.name, **tomllib.loads(path.read_text("utf-8")))
        for path in sorted(CORPUS.glob("*/expect.toml"))
    ]


def case(name: str) -> Planted:
    return next(each for each in planted() if each.name == name)


def write_project(root: Path, name: str = CLEAN) -> Path:
    """A project whose production, release and way back are sound, but for what the case `name` lays over it."""
    shutil.copytree(CORPUS / "baseline", root / "baseline" / "addons")
    shutil.copytree(CORPUS / "candidate", root / "addons")
    shutil.copy(CORPUS / CLEAN / SCRIPT, root / SCRIPT)
    if (CORPUS / name / "baseline").is_dir():
        shutil.copytree(CORPUS / name / "baseline", root / "baseline" / "addons", dirs_exist_ok=True)
    if (CORPUS / name / SCRIPT).is_file():
        shutil.copy(CORPUS / name / SCRIPT, root / SCRIPT)
    (root / "gate.toml").write_text(GATE_TOML, "utf-8")
    return root
