"""The views of a module validate together with everything else that is installed."""

from __future__ import annotations

from odoo_gate.addons import AddonGraph
from odoo_gate.model import Finding, Metric
from odoo_gate.modules.places import place_of, shortened
from odoo_gate.odoo.agent_client import ViewsReport


def view_findings(graph: AddonGraph, report: ViewsReport) -> tuple[tuple[Finding, ...], tuple[Metric, ...]]:
    """`modules.views-validate`."""
    findings = tuple(
        Finding(
            "view-invalid",
            f"the view {error.view} does not validate: {shortened(error.message)}",
            place=place_of(graph, error.file),
            remedy="mend the view, or the module that changed the model or the view under it",
        )
        for error in report.errors
    )
    return findings, (Metric("views", report.checked, "1"),)
