"""`[resilience]` of `gate.toml`: what a dead database, Redis or server may cost."""

from __future__ import annotations

from odoo_gate.settings.sections import Section


class ResilienceSettings(Section):
    """How long recovery may take."""
