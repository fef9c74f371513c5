"""Routes that pages of any other site may read."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.routes import routes_of
from odoo_gate.security.code.rule import AddonRule, Hit
from odoo_gate.security.code.source import AddonSource

_RECORDS = frozenset({"sudo", "search", "search_read", "browse", "read", "write", "create", "unlink"})
"""What a route must do to tell, or change, anything a page could not read by itself."""


def _examine(addon: AddonSource) -> Iterator[Hit]:
    for file in addon.python:
        for route in routes_of(file):
            if route.cors != "*" or route.function.node is None:
                continue
            if route.auth == "user" or (route.open and not _RECORDS.isdisjoint(route.function.words)):
                yield Hit(
                    addon.name,
                    file.path,
                    route.function.node.decorator_list[0].lineno,
                    f"{route.name} (auth={route.auth or 'inherited'!r}) answers the pages of every site (cors='*')",
                    last_line=route.function.node.lineno,
                )


RULE = AddonRule(
    name="route-cors-any",
    severity=Severity.WARNING,
    reason="any site a colleague opens can call it from inside the company's network and read the answer",
    remedy="name the one site that needs it in cors=, or leave cors out",
    examine=_examine,
)
