"""What a drive leaves in its folder: samples.jsonl as they come, summary.json at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Samples:
    """samples.jsonl and summary.json, as they come."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder) if folder else None
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / "samples.jsonl").touch()

    def add(self, samples: list[dict[str, Any]]) -> None:
        if self.folder and samples:
            with (self.folder / "samples.jsonl").open("a", encoding="utf-8") as file:
                file.write("".join(json.dumps(each) + "\n" for each in samples))

    def begin(self) -> None:
        """Say that everybody is logged in and the schedule has begun: a file named `begun`."""
        if self.folder:
            (self.folder / "begun").touch()

    def summarise(self, facts: Mapping[str, Any]) -> None:
        if self.folder:
            whole = self.folder / "summary.json.part"
            whole.write_text(json.dumps(facts) + "\n", encoding="utf-8")
            whole.rename(self.folder / "summary.json")

    @property
    def is_stopped(self) -> bool:
        """Whether somebody asked for an early end: a file named `stop`."""
        return bool(self.folder and (self.folder / "stop").exists())
