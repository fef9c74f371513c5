"""What ends a measurement without an answer."""

from __future__ import annotations

from odoo_gate.errors import InfrastructureError


class Inconclusive(InfrastructureError):
    """The measurement was made and says neither yes nor no: the machine was noisy, the generator late, the data few."""
