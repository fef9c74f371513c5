"""Renders the report as one HTML file that loads nothing, opens from `file://` and can be read without its script."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from odoo_gate.report.embedded import KIND
from odoo_gate.report.model import Report
from odoo_gate.report.text import visible
from odoo_gate.report.view import ReportView
from odoo_gate.report.wording import moment


def render_html(report: Report) -> str:
    """The whole page. Every text in it is escaped, and shows characters that would hide or reorder others."""
    style, script = _packaged("report.css"), _packaged("report.js")
    return _template().render(
        view=ReportView(report),
        style=Markup(style),
        style_digest=_digest(style),
        script=Markup(script),
        script_digest=_digest(script),
        payload_kind=KIND,
    )


def _digest(text: str) -> str:
    """As a content security policy names an inline style or script."""
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def _template() -> Template:
    """Autoescaping, and `visible` on whatever is put out, so that no place can forget either."""
    environment = Environment(
        loader=FunctionLoader(_packaged),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = moment
    return environment.get_template("report.html.j2")


def _shown(value: object) -> str:
    return value if isinstance(value, Markup) else visible(str(value))


def _packaged(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")
