"""`[load]` of `gate.toml`: how many people are at work at the peak, and what they may wait."""

from __future__ import annotations

from typing import Literal

from odoo_gate.settings.sections import Section


class LoadSettings(Section):
    """`profile` says how much is asked: `quick` leaves out what compares candidate and baseline in pairs of blocks.

    What is left out did not run, so a policy that demands it by name refuses the release.
    """

    profile: Literal["full", "quick"] = "full"
