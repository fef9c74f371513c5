"""What can go wrong in this room."""

from __future__ import annotations

from odoo_gate.errors import GateError


class DataError(GateError):
    """Data could not be made, or what was made does not hold."""
