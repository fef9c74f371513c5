"""Renders the report as one HTML file that runs no script, loads nothing and opens from `file://`."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from odoo_gate.report.model import Report
from odoo_gate.report.text import visible
from odoo_gate.report.view import ReportView, moment


def render_html(report: Report) -> str:
    """The whole page. Every text in it is escaped, and shows characters that would hide or reorder others."""
    style = _packaged("report.css")
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return _template().render(view=ReportView(report), style=Markup(style), style_digest=digest)


@cache
def _template() -> Template:
    """Autoescaping, and `visible` on whatever is put out, so that no place can forget either."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_shown, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["moment"] = moment
    return environment.from_string(_packaged("report.html.j2"))


def _shown(value: object) -> str:
    return value if isinstance(value, Markup) else visible(str(value))


def _packaged(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")
