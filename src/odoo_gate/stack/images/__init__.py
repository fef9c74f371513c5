"""Images of the stack: pulled where a registry answers, else built from Debian packages."""

from odoo_gate.stack.images.images import PULLED, Images, run_reference
from odoo_gate.stack.images.registry import NotPulled

__all__ = ["PULLED", "Images", "NotPulled", "run_reference"]
