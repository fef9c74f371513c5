"""A release that people can work on: a fresh clone on a durable PostgreSQL, its people, its server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from odoo_gate.load.lines import Lines
from odoo_gate.model import Say
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.stack.addresses import RedisAddress
from odoo_gate.stack.odoo_server import OdooServer
from odoo_gate.stack.postgres import Postgres
from odoo_gate.traffic import Plan, Site, load_profiles, prepare_site


@dataclass(frozen=True, slots=True)
class Stand:
    """One release at work. `site` holds its people, `lines` the way they reach it, `redis` their sessions."""

    release: Release
    postgres: Postgres
    server: OdooServer
    site: Site
    lines: Lines
    redis: RedisAddress

    @property
    def dsn(self) -> str:
        return self.postgres.dsn(self.server.database)


def hired(plans: Iterable[Plan]) -> dict[str, int]:
    """By profile how many people to make: those the plans need, and nobody more than a role needs at least."""
    return dict.fromkeys(load_profiles(), 1) | {plan.profile: plan.users for plan in plans}


@contextmanager
def standing(
    testbed: Testbed,
    release: Release,
    template: Template,
    postgres: Postgres,
    options: Mapping[str, str],
    say: Say,
    *,
    people: Mapping[str, int] | None = None,
) -> Iterator[Stand]:
    """Serve a clone of `template` from `postgres` with `options` of odoo.conf, until the end of the block.

    Raises StackError, TemplateError, AgentError.
    """
    with testbed.clone(template, release) as clone:
        site = prepare_site(testbed, release, clone, say, people=people)
        testbed.load_database(clone, postgres)
        server = testbed.start_server(release, clone.database, postgres=postgres.address, options=options)
        try:
            site = replace(site, websocket=server.gevent_url)
            yield Stand(release, postgres, server, site, Lines(testbed, server), testbed.redis())
        finally:
            testbed.stop_server(server)
