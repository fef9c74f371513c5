"""Which method of the release computes a field that asks the database once a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from odoo_gate.load.growth import Growth
from odoo_gate.odoo.testbed import Release

_SCRIPT = Path(__file__).parent / "inside" / "compute_names.py"


def with_methods(growths: Sequence[Growth], release: Release, database: str) -> list[Growth]:
    """`growths` with the computing method of each field that was read alone; `database` is one the agent serves.

    Raises AgentError, ReleaseFailure.
    """
    alone = [growth for growth in growths if growth.field]
    if not alone:
        return list(growths)
    asked = [[growth.what.partition(".read")[0], growth.field] for growth in alone]
    told = release.agent.run_script(database, _SCRIPT, "name_computes", {"fields": asked}).result
    methods = dict(zip((growth.what for growth in alone), told, strict=True))
    return [replace(each, method=methods.get(each.what, "")) for each in growths]
