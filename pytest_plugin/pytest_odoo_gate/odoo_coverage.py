"""How much of the addons their tests ran, over all sessions of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.report.cobertura import COBERTURA, render_cobertura
from pytest_odoo_gate.odoo_places import Places

PARTS = "coverage"
REPORT = "coverage.json"


@dataclass(frozen=True, slots=True)
class FileLines:
    """Line numbers of a file's statements, and of those no test ran."""

    statements: frozenset[int]
    missing: frozenset[int]

    @property
    def percent(self) -> float:
        """100 for a file without statements: nothing of it is untested."""
        if not self.statements:
            return 100.0
        return 100.0 * (len(self.statements) - len(self.missing)) / len(self.statements)


def merge(folder: Path) -> Mapping[str, FileLines]:
    """All sessions' counts by container path: a line is missing when no session ran it."""
    merged: dict[str, FileLines] = {}
    for part in sorted((folder / PARTS).glob("*.json")):
        for path, lines in json.loads(part.read_text("utf-8")).items():
            found = FileLines(frozenset(lines["statements"]), frozenset(lines["missing"]))
            known = merged.get(path, found)
            merged[path] = FileLines(known.statements | found.statements, known.missing & found.missing)
    return merged


def report(folder: Path, places: Places, root: Path) -> list[str]:
    """Write `coverage.json` and Cobertura XML into the run folder and return the lines to print.

    `root` is the project's folder. None and nothing when nothing was measured.
    """
    merged = {places.shown(path): lines for path, lines in merge(folder).items()}
    if not merged:
        return []
    everything = FileLines(
        frozenset(range(sum(len(lines.statements) for lines in merged.values()))),
        frozenset(range(sum(len(lines.missing) for lines in merged.values()))),
    )
    content = {
        "total_percent": round(everything.percent, 1),
        "files": {
            path: {
                "percent": round(lines.percent, 1),
                "statements": len(lines.statements),
                "missing": sorted(lines.missing),
            }
            for path, lines in sorted(merged.items())
        },
    }
    (folder / REPORT).write_text(json.dumps(content, indent=1), "utf-8")
    by_line = {path: {line: line not in lines.missing for line in lines.statements} for path, lines in merged.items()}
    cobertura = render_cobertura(by_line, str(root))
    if cobertura:
        (folder / COBERTURA).write_text(cobertura, "utf-8")
    shown = [f"{lines.percent:5.1f} %  {path}" for path, lines in sorted(merged.items()) if lines.statements]
    return [*shown, f"{everything.percent:5.1f} %  of all statements of the addons"]
