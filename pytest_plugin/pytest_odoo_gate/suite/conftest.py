"""What the files of the suite share: both releases with production-like data, and the servers that serve them.

And the checks that are asked only where somebody wants to know: elsewhere they leave no evidence, good or bad.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
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
_CRON_CRASH, _DUPLICATE_WEBHOOK = "resilience.cron-crash", "resilience.duplicate-webhook"
"""Drills that need something of the project's own to hit."""
_HEADROOM = "load.headroom"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    present = {check for item in items if (check := _check_of(item))}
    gone: set[str] = set()
    for checks, unasked in _OPTIONAL.items():
        if checks & present:  # plain pytest collects the static checks beside this file: be quick
            settings = gate_of(config).settings
            gone |= unasked(settings) - _demanded(settings)
    items[:] = [item for item in items if _check_of(item) not in gone]
    if any(item.get_closest_marker("thorough") for item in items) and gate_of(config).settings.load.profile == "quick":
        items[:] = [item for item in items if item.get_closest_marker("thorough") is None]


def _check_of(item: pytest.Item) -> str:
    """The id of the check that `item` is; empty when it is none."""
    marker = item.get_closest_marker("gate")
    return str(marker.args[0]) if marker is not None and marker.args else ""


def _demanded(settings: Settings) -> Set[str]:
    """The checks that the policy names."""
    from odoo_gate.judgement import read_policy
    from odoo_gate.policy import load_policy

    return load_policy(read_policy(settings)).rules(settings.policy.environment).needed.keys()


def _side_by_side(settings: Settings) -> set[str]:
    return set() if settings.migration.side_by_side else {_BOTH_SERVE}


def _drills(settings: Settings) -> set[str]:
    """Those for which gate.toml declares nothing to be hit."""
    declared = {_CRON_CRASH: settings.resilience.crons, _DUPLICATE_WEBHOOK: settings.contracts.webhooks}
    return {check for check, things in declared.items() if not things}


def _headroom(settings: Settings) -> set[str]:
    return set() if settings.load.headroom else {_HEADROOM}


def _contracts(settings: Settings) -> set[str]:
    """Those no contract of the project asks for."""
    from odoo_gate.contracts import ContractError, kinds_of, load_contracts

    try:
        kinds = {*kinds_of(load_contracts(settings)), *_kinds_in_gate_toml(settings)}
    except ContractError:
        return set()  # each check fails with it, and says where
    return {check for check, kind in _CONTRACT_CHECKS.items() if kind not in kinds}


def _kinds_in_gate_toml(settings: Settings) -> set[str]:
    return {kind for kind in ("calls", "webhooks", "documents") if getattr(settings.contracts, kind)}


_OPTIONAL: Mapping[frozenset[str], Callable[[Settings], set[str]]] = {
    frozenset({_BOTH_SERVE}): _side_by_side,
    frozenset({_CRON_CRASH, _DUPLICATE_WEBHOOK}): _drills,
    frozenset({_HEADROOM}): _headroom,
    frozenset(_CONTRACT_CHECKS): _contracts,
}
"""Checks that are asked only where gate.toml or the policy wants them, and which of them gate.toml does not ask for."""


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
