"""The translation files of a module parse, load, and keep the placeholders of what they translate."""

from __future__ import annotations

from odoo_gate.addons import AddonGraph
from odoo_gate.model import Finding, Metric
from odoo_gate.modules.places import place_of, shortened
from odoo_gate.odoo.agent_client import TranslationsReport


def translation_findings(
    graph: AddonGraph, report: TranslationsReport
) -> tuple[tuple[Finding, ...], tuple[Metric, ...]]:
    """`modules.translations`."""
    findings = tuple(
        Finding(
            "translation-broken",
            shortened(error.message),
            place=place_of(graph, error.file, error.line),
            remedy="correct the entry in the .po file",
        )
        for error in report.errors
    )
    return findings, (Metric("files", report.checked, "1"),)
