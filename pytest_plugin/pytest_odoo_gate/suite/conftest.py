"""What the files of the suite share: both releases with production-like data, and the servers that serve them.

And the checks that are asked only where somebody wants to know: elsewhere they leave no evidence, good or bad.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from odoo_gate.settings import Settings
from pytest_odoo_gate.session import gate_of

if TYPE_CHECKING:
    from odoo_gate.model import Say
    from odoo_gate.odoo.store import Template
    from odoo_gate.odoo.testbed import Release, Testbed
    from odoo_gate.stack.odoo_server import OdooServer

_BOTH_SERVE = "migration.both-serve"
_CONTRACT_CHECKS = {
    "contracts.api": "api",
    "contracts.rights": "api",
    "contracts.latency": "api",
    "contracts.files": "files",
    "contracts.bi": "bi",
    "contracts.calls": "calls",
    "contracts.faults": "calls",
    "contracts.webhooks": "webhooks",
    "contracts.documents": "documents",
}
"""Checks that only some kind of contract asks for. `contracts.exercised` is asked of every project."""
_DRILL_CHECKS = ("resilience.cron-crash", "resilience.duplicate-webhook")
"""Drills that need something of the project's own to hit."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    unasked = [item for item in items if _is_check(item, _BOTH_SERVE)]
    if unasked and not _is_side_by_side(gate_of(config).settings):
        items[:] = [item for item in items if item not in unasked]
    if any(item.get_closest_marker("thorough") for item in items) and gate_of(config).settings.load.profile == "quick":
        items[:] = [item for item in items if item.get_closest_marker("thorough") is None]
    drills = [item for item in items if any(_is_check(item, check) for check in _DRILL_CHECKS)]
    if drills:
        vain = _unasked_drills(gate_of(config).settings)
        items[:] = [item for item in items if item not in drills or not any(_is_check(item, each) for each in vain)]
    by_kind = [item for item in items if any(_is_check(item, check) for check in _CONTRACT_CHECKS)]
    if by_kind:
        gone = _unasked_contracts(gate_of(config).settings)
        items[:] = [item for item in items if item not in by_kind or not any(_is_check(item, each) for each in gone)]


def _unasked_drills(settings: Settings) -> set[str]:
    """The drills for which gate.toml declares nothing to be hit, and that the policy does not name."""
    from odoo_gate.judgement import read_policy
    from odoo_gate.policy import load_policy

    declared = {
        "resilience.cron-crash": bool(settings.resilience.crons),
        "resilience.duplicate-webhook": bool(settings.contracts.webhooks),
    }
    needed = load_policy(read_policy(settings)).rules(settings.policy.environment).needed
    return {check for check in _DRILL_CHECKS if not declared[check] and check not in needed}


def _is_check(item: pytest.Item, check: str) -> bool:
    marker = item.get_closest_marker("gate")
    return marker is not None and marker.args == (check,)


def _is_side_by_side(settings: Settings) -> bool:
    """Whether both releases are to serve one database for a while: gate.toml says so, or the policy names the check."""
    from odoo_gate.judgement import read_policy  # plain pytest collects the static checks beside this file: be quick
    from odoo_gate.policy import load_policy

    rules = load_policy(read_policy(settings)).rules(settings.policy.environment)
    return settings.migration.side_by_side or _BOTH_SERVE in rules.needed


def _unasked_contracts(settings: Settings) -> set[str]:
    """The checks no contract of the project asks for and the policy does not name."""
    from odoo_gate.contracts import ContractError, kinds_of, load_contracts
    from odoo_gate.judgement import read_policy
    from odoo_gate.policy import load_policy

    try:
        kinds = {*kinds_of(load_contracts(settings)), *_kinds_in_gate_toml(settings)}
    except ContractError:
        return set()  # each check fails with it, and says where
    needed = load_policy(read_policy(settings)).rules(settings.policy.environment).needed
    return {check for check, kind in _CONTRACT_CHECKS.items() if kind not in kinds and check not in needed}


def _kinds_in_gate_toml(settings: Settings) -> set[str]:
    return {kind for kind in ("calls", "webhooks", "documents") if getattr(settings.contracts, kind)}


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Say:
    """Where long work tells a person what it is doing."""
    return gate_of(pytestconfig).say


@pytest.fixture(scope="session")
def candidate_data(testbed: Testbed, candidate: Release, say: Say) -> Template:
    """The candidate with production-like data."""
    return _with_data(testbed, candidate, say)


@pytest.fixture(scope="session")
def baseline_data(testbed: Testbed, baseline: Release | None, say: Say) -> Template | None:
    """The baseline with production-like data; None when gate.toml names no baseline."""
    return _with_data(testbed, baseline, say) if baseline is not None else None


@pytest.fixture(scope="session")
def candidate_site(testbed: Testbed, candidate: Release, candidate_data: Template) -> Iterator[OdooServer]:
    """The candidate as it runs in production, on a clone of `candidate_data` that many checks share."""
    with _site(testbed, candidate, candidate_data) as server:
        yield server


@pytest.fixture(scope="session")
def baseline_site(
    testbed: Testbed, baseline: Release | None, baseline_data: Template | None
) -> Iterator[OdooServer | None]:
    """The baseline as it runs in production, on a clone of `baseline_data`; None where there is no baseline."""
    if baseline is None or baseline_data is None:
        yield None
        return
    with _site(testbed, baseline, baseline_data) as server:
        yield server


def _with_data(testbed: Testbed, release: Release, say: Say) -> Template:
    from odoo_gate.data import like_production

    return like_production(testbed, release, say)


@contextmanager
def _site(testbed: Testbed, release: Release, template: Template) -> Iterator[OdooServer]:
    with testbed.clone(template, release) as clone:
        server = testbed.start_server(release, clone.database)
        try:
            yield server
        finally:
            testbed.stop_server(server)
