"""HTML declared safe after values were put into it."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.model import Severity
from odoo_gate.security.code.built import Builder, Kind
from odoo_gate.security.code.rule import AddonRule, Hit
from odoo_gate.security.code.source import AddonSource
from odoo_gate.security.code.syntax import called, snippet

_SAFE = frozenset(
    {"escape", "html_escape", "Markup", "html_sanitize", "plaintext2html", "nl2br", "nl2br_enclose", "_", "_lt"}
)
_SAFE_MORE = frozenset(
    {"urlencode", "url_encode", "quote", "quote_plus", "url_quote", "format_amount", "format_date", "tostring", "read"}
)


def _examine(addon: AddonSource) -> Iterator[Hit]:
    for file in addon.python:
        if "Markup(" not in file.text:
            continue
        for function in file.functions:
            for call in function.calls:
                if called(call) != "Markup" or not call.args:
                    continue
                built = Builder(file, function, _SAFE | _SAFE_MORE).read(call.args[0])
                part = next((each for each in built.parts if each.kind is not Kind.FIXED), None)
                if part is not None and any("<" in each.before + each.after for each in built.parts):
                    yield Hit(
                        addon.name,
                        file.path,
                        call.lineno,
                        f"{function.qualified} declares safe a text with {snippet(part.value)} in it: {snippet(call)}",
                        last_line=call.end_lineno or call.lineno,
                    )


RULE = AddonRule(
    name="markup-built-from-strings",
    severity=Severity.ERROR,
    reason="a supplier's name with a script in it runs in the accountant's browser, with the accountant's rights",
    remedy="fill in after Markup, which escapes: Markup('<b>%s</b>') % value",
    examine=_examine,
)
