"""The report: one HTML file for people, SARIF for the tools that show findings in the code."""

from odoo_gate.report.families import actor
from odoo_gate.report.html import render_html
from odoo_gate.report.model import Demand, Excused, Report, WaiverLine
from odoo_gate.report.sarif import SARIF, render_sarif
from odoo_gate.report.text import visible

__all__ = ["SARIF", "Demand", "Excused", "Report", "WaiverLine", "actor", "render_html", "render_sarif", "visible"]
