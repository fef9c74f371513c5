"""The command with which a developer sees one result again."""

from __future__ import annotations

import re

from odoo_gate.model import CheckResult
from odoo_gate.report.families import FAMILIES

_METHOD = re.compile(r"(?P<class>[A-Za-z_]\w*)[.:]+(?P<method>[A-Za-z_]\w*)(?:\[[^\[\]]*\])?$")
_NODE = re.compile(r"[A-Za-z0-9_./-]+\.py(?:::[A-Za-z_]\w*)+$")
"""Only names that Python itself would take are put into a command that a person copies."""

_ASKED_ALONE = FAMILIES.keys() - {"run"}


def command_for(result: CheckResult) -> str:
    """What to type in the checkout; asks this check again and signs nothing."""
    if result.check == "tests.project" and _NODE.match(result.target):
        return f"pytest '{result.target}'"
    method = _METHOD.search(result.target) if result.check.endswith("-install") else None
    if method:
        return f"pytest -k '{method['class']} and {method['method']}'"
    return f"odoo-gate run --only {result.family}" if result.family in _ASKED_ALONE else "odoo-gate run"
