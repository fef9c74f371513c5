"""`migration.scripts`: the scripts of a release run at all, and do what scripts may do."""

from __future__ import annotations

from odoo_gate.addons import AddonGraph
from odoo_gate.migration.script_files import module_scripts, version_findings
from odoo_gate.migration.script_lint import lint
from odoo_gate.migration.sql_lint import sql_findings
from odoo_gate.model import Finding, Metric, Severity
from odoo_gate.settings import MigrationSettings


def script_findings(
    candidate: AddonGraph, baseline: AddonGraph, settings: MigrationSettings
) -> tuple[list[Finding], list[Metric]]:
    """What is wrong with the scripts that are new in `candidate`. Raises InfrastructureError when squawk fails.

    Scripts production has run already are left alone.
    """
    big = {
        table.replace("_", ".") for table, rows in settings.production_rows.items() if rows >= settings.big_table_rows
    }
    others = sorted(set(candidate.selected) - set(candidate.folders))
    findings = [
        Finding("not-read", f"{name} comes with the image: its scripts are not read, only run", Severity.NOTE)
        for name in others
    ]
    statements = []
    looked_at = 0
    modules = [name for name in candidate.selected if name in candidate.folders and name in candidate.addons]
    for module in modules:
        scripts = module_scripts(candidate, module, baseline)
        findings += [*scripts.findings, *version_findings(candidate, module, baseline, scripts)]
        for script in scripts.scripts:
            if script.is_new:
                looked_at += 1
                linted = lint(script, script.path.read_text("utf-8", errors="replace"), big)
                findings += linted.findings
                statements += [(script, statement) for statement in linted.statements]
    findings += sql_findings(statements)
    metrics = [
        Metric("modules", len(modules), "1"),
        Metric("scripts", looked_at, "1"),
        Metric("statements", len(statements), "1"),
    ]
    return findings, metrics
