"""Templates that print a value as HTML without escaping it."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.rule import AddonRule, Hit
from odoo_gate.security.code.source import AddonSource


def _examine(addon: AddonSource) -> Iterator[Hit]:
    for file in (*addon.xml, *addon.templates):
        for node in file.root.iter():
            raw = node.get("t-raw") if isinstance(node.tag, str) else None
            if raw is not None:
                message = f"{file.path.rpartition('/')[2]} prints {raw!r} without escaping it (t-raw)"
                yield Hit(addon.name, file.path, node.sourceline, message)


RULE = AddonRule(
    name="template-raw-output",
    severity=Severity.ERROR,
    reason="text a supplier or visitor typed runs as a program in the browser of who opens the page",
    remedy="use t-out, which escapes what is not Markup; sanitise HTML fields (t-field)",
    examine=_examine,
)
