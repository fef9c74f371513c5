"""Checks that are asked only where somebody wants to know: elsewhere they leave no evidence, good or bad."""

from __future__ import annotations

import pytest

from odoo_gate.settings import Settings
from pytest_odoo_gate.session import gate_of

_BOTH_SERVE = "migration.both-serve"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    unasked = [item for item in items if _is_check(item, _BOTH_SERVE)]
    if unasked and not _is_side_by_side(gate_of(config).settings):
        items[:] = [item for item in items if item not in unasked]


def _is_check(item: pytest.Item, check: str) -> bool:
    marker = item.get_closest_marker("gate")
    return marker is not None and marker.args == (check,)


def _is_side_by_side(settings: Settings) -> bool:
    """Whether both releases are to serve one database for a while: gate.toml says so, or the policy names the check."""
    from odoo_gate.judgement import read_policy  # plain pytest collects the static checks beside this file: be quick
    from odoo_gate.policy import load_policy

    rules = load_policy(read_policy(settings)).rules(settings.policy.environment)
    return settings.migration.side_by_side or _BOTH_SERVE in rules.needed
