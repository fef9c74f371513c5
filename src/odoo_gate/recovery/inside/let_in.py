"""Runs inside Odoo, on the restored copy of somebody's production: make it harmless, and let the rehearsal in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_BEFORE_16 = (
    "UPDATE ir_cron SET active = false",
    "UPDATE ir_mail_server SET active = false",
    "UPDATE fetchmail_server SET active = false",
    "UPDATE payment_acquirer SET state = 'disabled'",
)
"""What Odoo's own neutralising does since 16, for what can reach out of a database of an older series."""


def let_in(env: Any, say: Callable[[str], None], password: str) -> dict[str, str]:
    """Neutralise the database and give the administrator a password of this rehearsal; returns its login."""
    say("neutralising the copy: no mail, no cron, no payment leaves it")
    _neutralise(env)
    user = env.ref("base.user_admin", raise_if_not_found=False)
    if not user or not user.exists():
        user = env["res.users"].search([("share", "=", False), ("id", "!=", 1)], order="id", limit=1)
    values = {"password": password, "active": True}
    if "totp_secret" in user._fields:
        user.sudo().write({"totp_secret": False})
    user.write(values)
    return {"login": user.login}


def _neutralise(env: Any) -> None:
    try:
        from odoo.modules.neutralize import neutralize_database
    except ImportError:
        for statement in _BEFORE_16:
            table = statement.split()[1]
            env.cr.execute("SELECT to_regclass(%s)", [table])
            if env.cr.fetchone()[0]:
                env.cr.execute(statement)
        return
    neutralize_database(env.cr)
