"""What Odoo asks of other systems over HTTP and what they report to it: as agreed, and when something goes wrong."""

from odoo_gate.contracts.calls.documents import DOCUMENTS, Kept, Shelf, document_findings, keep_documents, open_shelf
from odoo_gate.contracts.calls.evidence import recorded
from odoo_gate.contracts.calls.pacts import Interaction, PactFile, read_pact
from odoo_gate.contracts.calls.play import Line, open_line, play_calls
from odoo_gate.contracts.calls.plays import Play, Played
from odoo_gate.contracts.calls.verdicts import call_findings, fault_findings
from odoo_gate.contracts.calls.webhooks import Received, receive_webhooks, webhook_findings

__all__ = [
    "DOCUMENTS",
    "Interaction",
    "Kept",
    "Line",
    "PactFile",
    "Play",
    "Played",
    "Received",
    "Shelf",
    "call_findings",
    "document_findings",
    "fault_findings",
    "keep_documents",
    "open_line",
    "open_shelf",
    "play_calls",
    "read_pact",
    "receive_webhooks",
    "recorded",
    "webhook_findings",
]
