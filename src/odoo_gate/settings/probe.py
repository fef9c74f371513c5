"""`[probe]` of `gate.toml`: how a released environment is looked at."""

from __future__ import annotations

from odoo_gate.settings.sections import Section


class ProbeSettings(Section):
    """What the journeys after a release may cost."""
