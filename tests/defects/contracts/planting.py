"""One release that holds every broken contract: a module and its contract a case, from the clean ones.

In a case the word `planted` becomes the case's name, so that all of them are asked of one server.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
CLEAN = CORPUS / "clean"
TWIN = "clean_twin"
KINDS = ("api", "file", "bi")
WORD = "planted"
API = "contracts/api.yaml"
DOORS = "doors: [xml-rpc, json-rpc, json-2, session]"
"""The twin's. The cases open one each: a login costs Odoo most of a second."""


@dataclass(frozen=True)
class Broken:
    """`contract`: which kind of contract it breaks; `plant`: what becomes what in which file."""

    name: str
    defect: str
    check: str
    rule: str
    contract: str
    plant: tuple[dict[str, str], ...]

    @property
    def contract_id(self) -> str:
        return f"{self.name.replace('_', '-')}-{self.contract}"


def broken() -> list[Broken]:
    found = []
    for path in sorted(CORPUS.glob("*/expect.toml")):
        facts = tomllib.loads(path.read_text("utf-8"))
        found.append(Broken(path.parent.name, **{**facts, "plant": tuple(facts["plant"])}))
    return found


def write_project(root: Path) -> Path:
    _write(root, TWIN, (), KINDS)
    for case in broken():
        _write(root, case.name, case.plant, (case.contract,))
    (root / "gate.toml").write_text('[project]\nname = "broken contracts"\nseries = "19.0"\n', "utf-8")
    return root


def _write(root: Path, name: str, plant: tuple[dict[str, str], ...], kinds: tuple[str, ...]) -> None:
    texts = {
        path.relative_to(CLEAN).as_posix(): path.read_text("utf-8") for path in CLEAN.rglob("*.*") if path.is_file()
    }
    if name != TWIN:
        texts[API] = texts[API].replace(DOORS, "doors: [json-rpc]")
    for each in plant:
        assert each["old"] in texts[each["file"]], f"{name}: nothing to plant in {each['file']}"
        texts[each["file"]] = texts[each["file"]].replace(each["old"], each["new"], 1)
    for path, text in texts.items():
        target = _target(root, path, name, kinds)
        if target is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            kebab = text.replace(f"id: {WORD}-", f"id: {name.replace('_', '-')}-")
            target.write_text(kebab.replace(WORD, name), "utf-8")


def _target(root: Path, path: str, name: str, kinds: tuple[str, ...]) -> Path | None:
    if not path.startswith("contracts/"):
        return root / "addons" / path.replace(WORD, name, 1)
    if path.endswith(".py"):
        return root / path.replace(WORD, name)
    kind = Path(path).stem
    return root / "contracts" / f"{name}-{kind}.yaml" if kind in kinds else None
