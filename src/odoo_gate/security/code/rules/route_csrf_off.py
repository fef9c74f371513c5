"""Routes that take a change from any web page, and do not look who signed it."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.routes import OUTSIDERS, is_guarded, routes_of
from odoo_gate.security.code.rule import AddonRule, Hit
from odoo_gate.security.code.source import AddonSource


def _examine(addon: AddonSource) -> Iterator[Hit]:
    for file in addon.python:
        for route in routes_of(file):
            if not route.csrf_off or not route.changes_possible or route.auth == "bearer":
                continue
            with_session = bool(route.auth) and route.auth not in OUTSIDERS
            if not with_session and is_guarded(route, file):
                continue
            node = route.function.node
            if node is None:
                continue
            whose = "a logged-in user's browser" if with_session else "anybody, without a signature being checked"
            yield Hit(
                addon.name,
                file.path,
                node.decorator_list[0].lineno,
                f"{route.name} (auth={route.auth or 'inherited'!r}, csrf=False) takes changes from {whose}",
                Severity.ERROR if with_session else Severity.WARNING,
                node.lineno,
            )


RULE = AddonRule(
    name="route-csrf-off",
    severity=Severity.ERROR,
    reason="a page on another site can send the form in the name of who is logged in: approve, pay, delete",
    remedy="leave csrf on; for a webhook use auth='public' and compare the sender's signature (hmac.compare_digest)",
    examine=_examine,
)
