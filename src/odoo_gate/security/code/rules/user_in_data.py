"""Users that arrive with a module."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.rights import content, records
from odoo_gate.security.code.rule import AddonRule, Hit
from odoo_gate.security.code.source import AddonSource


def _examine(addon: AddonSource) -> Iterator[Hit]:
    for file in addon.xml:
        for node, _ in records(file, "res.users"):
            values = {each.get("name"): each for each in node.iterchildren("field")}
            name = node.get("id", "")
            if content(values.get("password")) not in ("", "False", "None"):
                message = f"{name} is a user whose password stands in the module"
                yield Hit(addon.name, file.path, node.sourceline, message, Severity.ERROR)
            elif "login" in values and "no_reset_password" not in (node.get("context") or "") and _can_log_in(values):
                message = f"{name} is a new user, and Odoo mails a link for a password wherever the module is installed"
                yield Hit(addon.name, file.path, node.sourceline, message)


def _can_log_in(values: dict[str | None, object]) -> bool:
    return content(values.get("active")) not in ("False", "0")


RULE = AddonRule(
    name="user-in-data",
    severity=Severity.WARNING,
    reason="a rehearsal invites real people, and a password that stands in the code is known to everyone who has it",
    remedy="create users by hand; if it must be data: context=\"{'no_reset_password': True}\", and no password",
    examine=_examine,
)
