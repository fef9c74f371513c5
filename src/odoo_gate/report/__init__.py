"""The report: one HTML file for people, SARIF for the tools that show findings in the code."""

from odoo_gate.report.comparison import Comparison, RunLine, TrendLine, compare_runs
from odoo_gate.report.conditions import (
    AnswerLine,
    Conditions,
    ManualLine,
    ObjectiveLine,
    OverrideTerms,
    ScoreLine,
)
from odoo_gate.report.embedded import embedded_payload
from odoo_gate.report.families import who_acts
from odoo_gate.report.history import Flaky, JudgedRun
from odoo_gate.report.html import render_html
from odoo_gate.report.model import CalendarLine, Demand, Excused, Report, Unreadable, WaiverLine
from odoo_gate.report.rights import RightsMatrix
from odoo_gate.report.sarif import SARIF, render_sarif
from odoo_gate.report.text import visible

__all__ = [
    "SARIF",
    "AnswerLine",
    "CalendarLine",
    "Comparison",
    "Conditions",
    "Demand",
    "Excused",
    "Flaky",
    "JudgedRun",
    "ManualLine",
    "ObjectiveLine",
    "OverrideTerms",
    "Report",
    "RightsMatrix",
    "RunLine",
    "ScoreLine",
    "TrendLine",
    "Unreadable",
    "WaiverLine",
    "compare_runs",
    "embedded_payload",
    "render_html",
    "render_sarif",
    "visible",
    "who_acts",
]
