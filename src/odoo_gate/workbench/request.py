"""What a developer wants to stand."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self

from odoo_gate.odoo.testbed import ReleaseName


@dataclass(frozen=True, slots=True)
class Request:
    """`data`: with production-like data; `kept` the key of a kept database to stand on, whose words are `about`.

    `folder` is where its process leaves what it says and its containers' logs.
    """

    root: str
    folder: str = ""
    release: ReleaseName = "candidate"
    data: bool = False
    kept: str = ""
    about: str = ""

    @property
    def holds(self) -> str:
        """In words, what the database is."""
        if self.kept:
            return f"the database kept of {self.about}"
        return f"all modules of the {self.release}" + (", with production-like data" if self.data else "")

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))
