"""What can go wrong inside the agent, in the two kinds the host must tell apart."""

from __future__ import annotations

from typing import Any


class AgentFailure(Exception):
    """A command that could not be carried out for a reason outside the release."""

    kind = "infrastructure"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


class ReleaseError(AgentFailure):
    """The modules under test made Odoo fail; `details` may hold `log`, `file`, `line` and `traceback`."""

    kind = "release"
