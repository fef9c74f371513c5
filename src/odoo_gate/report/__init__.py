"""The report for people: one HTML file, rendered from one model."""

from odoo_gate.report.html import render_html
from odoo_gate.report.model import AllowedSkip, Demand, Report
from odoo_gate.report.text import visible

__all__ = ["AllowedSkip", "Demand", "Report", "render_html", "visible"]
