"""The labels by which odoo-gate knows its own Docker objects again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of what run `run` makes with the cache identified by `cache` (see identity.py)."""

    run: str
    cache: str

    RUN: ClassVar[str] = "odoo-gate.run"
    PID: ClassVar[str] = "odoo-gate.pid"
    CACHE: ClassVar[str] = "odoo-gate.cache"
    NAME: ClassVar[str] = "odoo-gate.name"
    STORE: ClassVar[str] = "odoo-gate.store"

    def of_run(self, name: str) -> dict[str, str]:
        """For the object `name` of a run: container or network."""
        return {self.RUN: self.run, self.CACHE: self.cache, self.PID: str(os.getpid()), self.NAME: name}

    def of_store(self, name: str) -> dict[str, str]:
        """For what outlives runs: the store's container and volumes."""
        return {self.STORE: self.cache, self.NAME: name}

    def filter_of_run(self) -> list[str]:
        return [f"{self.RUN}={self.run}", f"{self.CACHE}={self.cache}"]

    def filter_of_cache(self) -> list[str]:
        return [f"{self.CACHE}={self.cache}", self.RUN]
