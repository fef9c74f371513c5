"""The code of a release, read for holes: rules for Odoo no other tool has, and bandit and pylint-odoo."""

from odoo_gate.security.code.analysis import Analysis, analyse
from odoo_gate.security.code.check import Judged, code_findings, lint_findings
from odoo_gate.security.code.comparison import compared, rule_changes_lost
from odoo_gate.security.code.lint import LINT_RULES, Linted
from odoo_gate.security.code.lint_bandit import bandit
from odoo_gate.security.code.lint_pylint import pylint_odoo
from odoo_gate.security.code.rule import AddonRule, Hit, ReleaseRule, Rule, Sighting
from odoo_gate.security.code.rules import RULES

__all__ = [
    "LINT_RULES",
    "RULES",
    "AddonRule",
    "Analysis",
    "Hit",
    "Judged",
    "Linted",
    "ReleaseRule",
    "Rule",
    "Sighting",
    "analyse",
    "bandit",
    "code_findings",
    "compared",
    "lint_findings",
    "pylint_odoo",
    "rule_changes_lost",
]
