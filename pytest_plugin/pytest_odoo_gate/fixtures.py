"""The public fixtures: a running Odoo like production's, and the ways into it.

They exist only in a session that a `gate.toml` governs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from odoo_gate.settings import Settings
from pytest_odoo_gate.checks import GateRecord
from pytest_odoo_gate.recorder import record_key
from pytest_odoo_gate.session import gate_of

if TYPE_CHECKING:
    import odoorpc
    import psycopg
    from redis import Redis

    from odoo_gate.odoo.store import Clone
    from odoo_gate.odoo.testbed import Release, Testbed
    from odoo_gate.stack.odoo_server import OdooServer


@pytest.fixture(scope="session")
def gate_settings(pytestconfig: pytest.Config) -> Settings:
    """The project's settings: `gate.toml` and the environment."""
    return gate_of(pytestconfig).settings


@pytest.fixture
def gate_record(request: pytest.FixtureRequest) -> GateRecord:
    """Where a gate check leaves its metrics, artefacts and remarks."""
    record = GateRecord(gate_of(request.config).run_folder)
    request.node.stash[record_key] = record
    return record


@pytest.fixture(scope="session")
def testbed(pytestconfig: pytest.Config) -> Testbed:
    """The running stack: releases, template store, clones."""
    return gate_of(pytestconfig).testbed


@pytest.fixture(scope="session")
def candidate(testbed: Testbed) -> Release:
    """The release that wants to go to the environment."""
    return testbed.candidate


@pytest.fixture(scope="session")
def baseline(testbed: Testbed) -> Release | None:
    """The release that runs there today; None when gate.toml names no baseline."""
    return testbed.baseline


@pytest.fixture
def odoo_clone(testbed: Testbed) -> Iterator[Clone]:
    """A disposable copy of the candidate's database with all its modules, for this test alone."""
    with testbed.clone(testbed.full_template(testbed.candidate)) as clone:
        yield clone


@pytest.fixture(scope="session")
def odoo_stack(testbed: Testbed) -> Iterator[OdooServer]:
    """Odoo as in production (prefork workers, cron, gevent port) on a clone, with the run's Redis."""
    with testbed.clone(testbed.full_template(testbed.candidate)) as clone:
        server = testbed.start_server(testbed.candidate, clone.database)
        try:
            yield server
        finally:
            testbed.stop_server(server)


@pytest.fixture(scope="session")
def odoo(odoo_stack: OdooServer, gate_settings: Settings) -> Callable[[str], odoorpc.ODOO]:
    """RPC sessions by role: `odoo("admin")`, or a role of `[roles]` in gate.toml.

    Raises UsageError for a role that gate.toml does not know.
    """
    from odoo_gate.odoo.rpc import session_of

    return functools.cache(lambda role: session_of(odoo_stack, role, gate_settings.roles))


@pytest.fixture
def odoo_db(odoo_stack: OdooServer, testbed: Testbed) -> Iterator[psycopg.Connection]:
    """A psycopg connection to the database that `odoo_stack` serves."""
    import psycopg

    with psycopg.connect(testbed.postgres.dsn(odoo_stack.database)) as connection:
        yield connection


@pytest.fixture(scope="session")
def redis(testbed: Testbed) -> Iterator[Redis]:
    """A client of the run's Redis, the one `odoo_stack` uses."""
    from redis import Redis

    with Redis.from_url(testbed.redis().url) as client:
        yield client
