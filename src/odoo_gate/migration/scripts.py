"""`migration.scripts`: the scripts of a release run at all, and do what scripts may do."""

from __future__ import annotations

from manifestoo_core.core_addons import is_core_addon
from manifestoo_core.odoo_series import OdooSeries

from odoo_gate.addons import AddonGraph
from odoo_gate.migration.script_files import Script, module_scripts, runs, version_findings
from odoo_gate.migration.script_lint import lint
from odoo_gate.migration.sql_lint import sql_findings
from odoo_gate.model import Finding, Metric
from odoo_gate.settings import MigrationSettings


def script_findings(
    candidate: AddonGraph, baseline: AddonGraph, settings: MigrationSettings
) -> tuple[list[Finding], list[Metric]]:
    """What is wrong with the scripts that `candidate` brings. Raises InfrastructureError when squawk fails.

    Of the checkout's modules all that are new, and where they lie; of those the image brings from elsewhere (PyPI) the
    ones that run because another version is installed. Scripts production has run already are left alone.
    """
    findings: list[Finding] = []
    chosen: list[Script] = []
    own = [name for name in candidate.selected if name in candidate.folders and name in candidate.addons]
    for module in own:
        scripts = module_scripts(candidate, module, baseline)
        findings += [*scripts.findings, *version_findings(candidate, module, baseline, scripts)]
        chosen += [script for script in scripts.scripts if script.is_new]
    bought = _bought(candidate, baseline)
    for module in bought:
        found = module_scripts(candidate, module, baseline).scripts
        chosen += [script for script in found if runs(candidate, baseline, script)]
    big = {
        table.replace("_", ".") for table, rows in settings.production_rows.items() if rows >= settings.big_table_rows
    }
    statements = []
    for script in chosen:
        linted = lint(script, script.path.read_text("utf-8", errors="replace"), big)
        findings += linted.findings
        statements += [(script, statement) for statement in linted.statements]
    findings += sql_findings(statements)
    metrics = [
        Metric("modules", len(own) + len(bought), "1"),
        Metric("scripts", len(chosen), "1"),
        Metric("statements", len(statements), "1"),
    ]
    return findings, metrics


def _bought(candidate: AddonGraph, baseline: AddonGraph) -> list[str]:
    """Modules that neither the checkout nor Odoo brings, and whose version is another than production's."""
    series = OdooSeries(candidate.series)
    return [
        name
        for name in candidate.closure(candidate.own)
        if name not in candidate.folders
        and not is_core_addon(name, series)
        and name in baseline.addons
        and baseline.addons[name].version != candidate.addons[name].version
    ]
