"""What is wrong with a contract file itself."""

from __future__ import annotations

from odoo_gate.errors import UsageError


class ContractError(UsageError):
    """A contract cannot be read: nothing was asked of any release."""
