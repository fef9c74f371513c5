"""Which policy a project is judged by."""

from __future__ import annotations

from odoo_gate.errors import UsageError
from odoo_gate.policy import default_policy
from odoo_gate.settings import Settings


def read_policy(settings: Settings) -> bytes:
    """The policy file that `settings` name, or the shipped one. Raises UsageError when it cannot be read."""
    if not settings.policy.file:
        return default_policy()
    path = settings.root / settings.policy.file
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the policy {path} cannot be read: {error.strerror}", hint="correct policy.file in gate.toml"
        ) from error
