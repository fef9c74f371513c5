"""After the release: read-only journeys against a running environment, compared with the signed report."""

from odoo_gate.probe.looking import look
from odoo_gate.probe.model import Answer, Conclusion, Journey, Judged, Observed, Reference
from odoo_gate.probe.prometheus import prometheus_text
from odoo_gate.probe.signed import SignedReport, read_signed

__all__ = [
    "Answer",
    "Conclusion",
    "Journey",
    "Judged",
    "Observed",
    "Reference",
    "SignedReport",
    "look",
    "prometheus_text",
    "read_signed",
]
