"""How long earlier runs took, phase by phase: what a person is told to expect of this one."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

_FILE = "durations.json"
_KEPT = 5


class Durations:
    """Seconds by phase of the last runs of a project, in `.odoo-gate/durations.json`. It decides nothing."""

    def __init__(self, root: Path) -> None:
        self._path = root / ".odoo-gate" / _FILE

    def expected(self, phase: str) -> float | None:
        """The median of the last runs; None when there was none."""
        known = self._read().get(phase)
        return statistics.median(known) if known else None

    def add(self, phase: str, seconds: float) -> None:
        known = self._read()
        known[phase] = [*known.get(phase, []), round(seconds, 1)][-_KEPT:]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")

    def _read(self) -> dict[str, list[float]]:
        """What is there; a file that cannot be used is as good as none, and is written anew."""
        try:
            plain = json.loads(self._path.read_text("utf-8"))
            return {str(name): [float(each) for each in seconds] for name, seconds in plain.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
