"""A developer's stack: brought up, used for as long as it is wanted, taken down."""

from odoo_gate.workbench.clearing import Cleared, clear
from odoo_gate.workbench.launching import bring_up
from odoo_gate.workbench.request import Request
from odoo_gate.workbench.warm import WarmTests

__all__ = ["Cleared", "Request", "WarmTests", "bring_up", "clear"]
