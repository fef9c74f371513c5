"""The report: one HTML file for people, SARIF for the tools that show findings in the code."""

from odoo_gate.report.comparison import Comparison, RunLine, TrendLine, compare_runs
from odoo_gate.report.embedded import embedded_payload
from odoo_gate.report.families import actor
from odoo_gate.report.history import Flaky, JudgedRun
from odoo_gate.report.html import render_html
from odoo_gate.report.model import CalendarLine, Demand, Excused, Report, Unreadable, WaiverLine
from odoo_gate.report.sarif import SARIF, render_sarif
from odoo_gate.report.text import visible

__all__ = [
    "SARIF",
    "CalendarLine",
    "Comparison",
    "Demand",
    "Excused",
    "Flaky",
    "JudgedRun",
    "Report",
    "RunLine",
    "TrendLine",
    "Unreadable",
    "WaiverLine",
    "actor",
    "compare_runs",
    "embedded_payload",
    "render_html",
    "render_sarif",
    "visible",
]
