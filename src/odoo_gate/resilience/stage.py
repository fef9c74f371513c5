"""The stack that all drills share: Odoo as in production, with a fault proxy on each of its ways."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPException

import psycopg
import redis

from odoo_gate.errors import StackError
from odoo_gate.invariants import ProjectInvariants, Snapshot, take_snapshot
from odoo_gate.model import Say, silent
from odoo_gate.odoo.store import Clone
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.stack.addresses import ODOO_PORT, POSTGRES_PORT, REDIS_PORT, PostgresAddress
from odoo_gate.stack.container import RunningContainer
from odoo_gate.stack.fault_proxy import FaultProxy
from odoo_gate.stack.ingress import Ingress
from odoo_gate.stack.odoo_processes import odoo_processes
from odoo_gate.stack.odoo_server import OdooServer
from odoo_gate.stack.postgres import Postgres, Tuning
from odoo_gate.stack.power import supervise, times_restarted
from odoo_gate.stack.redis import Redis
from odoo_gate.stack.series import traits_of

CLIENT, DATABASE, INGRESS = "client", "database", "ingress"
"""The ways a fault proxy leads: people to Odoo, Odoo to PostgreSQL, people through the ingress."""

SMALL_DISK = "/mnt/odoo-gate-small-disk"
"""Where the Odoo of a stage has a file system of its own, small enough to be filled."""

_SMALL_DISK_OPTIONS = "size=256m,mode=1777"
_PLAIN_PORT = 8080
_INGRESS_CONF = f"""
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_max_body_size 128m;
    upstream workers {{ server odoo:8069; }}
    server {{
        listen {_PLAIN_PORT};
        listen 443 ssl;
        server_name localhost 127.0.0.1;
        ssl_certificate /etc/nginx/ingress/chain.pem;
        ssl_certificate_key /etc/nginx/ingress/key.pem;
        location / {{
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_pass http://workers;
        }}
    }}
}}
"""
"""In the clear beside TLS: the load generator is on this machine, and what is drilled is the restart."""
_TIMEOUT = 5.0
_HEALTH_TIMEOUT = 90.0
_POLL_SECONDS = 0.2
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Stage:
    """A running stack to be hurt.

    `way_in` is the fault proxy between Odoo and PostgreSQL, `way_out` the one between people and Odoo. `processes` is
    how many Odoo started with: as many must be there again after a drill.
    """

    testbed: Testbed
    release: Release
    database: str
    postgres: Postgres
    redis: Redis
    server: OdooServer
    ingress: Ingress
    way_in: FaultProxy
    way_out: FaultProxy
    processes: int

    @property
    def dsn(self) -> str:
        """Straight to PostgreSQL, past the proxy; its port is another one after each restart. Raises StackError."""
        return self.postgres_address.dsn(self.database)

    @property
    def postgres_address(self) -> PostgresAddress:
        """Where PostgreSQL is now. Raises StackError."""
        host, port = self.postgres.container.address(POSTGRES_PORT)
        return replace(self.postgres.address, host=host, port=port)

    def url(self, way: str = CLIENT) -> str:
        """Where people reach Odoo: through the fault proxy, straight or by way of the ingress. No trailing slash."""
        host, port = self.way_out.outside(way)
        return f"http://{host}:{port}"

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection]:
        """A connection for the drill's own questions, each statement its own transaction. Raises StackError."""
        try:
            with psycopg.connect(self.dsn, autocommit=True) as connection:
                yield connection
        except psycopg.Error as error:
            raise StackError(
                f"{self.database} cannot be asked: {error}", hint="read PostgreSQL's log in the run folder (logs/)"
            ) from error

    def snapshot(self) -> Snapshot:
        """What holds of the database now, its files included, and what the project says must hold of it by SQL.

        Raises StackError, InvariantsError, SettingsError.
        """
        files = self.release.agent.files_checksums(self.database)
        own = [each for each in ProjectInvariants.of(self.testbed.settings).customs if each.sql and each.holds]
        with self.connected() as connection:
            return take_snapshot(connection, files, own, alone=True)

    def wait_for_odoo(self) -> None:
        """Until Odoo answers for the database, however often it has to be started for that. Raises StackError."""
        login, deadline = self.server.url + "/web/login", time.monotonic() + _HEALTH_TIMEOUT
        while not answers(login):
            if time.monotonic() > deadline:
                tail = self.server.container.tail()
                raise StackError(
                    f"Odoo does not serve again within {_HEALTH_TIMEOUT:g} s:\n{tail}",
                    hint=f"read its log: {self.server.container.log}",
                )
            time.sleep(_POLL_SECONDS)

    def odoo_restarts(self) -> int:
        """How often Odoo ended by itself and had to be started again. Raises StackError."""
        return times_restarted(self.server.container)

    def wounds(self) -> Iterator[str]:
        """What is not as it was when the stage was set: one line for each thing that still is broken."""
        for container in self.containers:
            if not container.is_running():
                yield f"{container.name} does not run"
        if any((self.way_out.struck(CLIENT), self.way_out.struck(INGRESS), self.way_in.struck(DATABASE))):
            yield "a fault proxy still disturbs"
        if not _pings(self.redis):
            yield "Redis does not answer"
        if not answers(self.server.url + traits_of(self.server.series).health_path):
            yield "Odoo does not answer"
        else:
            there = odoo_processes(self.server.container)
            if len(there) < self.processes:
                yield f"Odoo has {self.processes - len(there)} processes less than it started with"
            for each in there:
                if each.is_stopped:
                    yield f"Odoo's {each.role} process {each.pid} is stopped"
        if not answers(self.url(INGRESS) + "/web/login"):
            yield "the ingress does not lead to Odoo"

    @property
    def containers(self) -> tuple[RunningContainer, ...]:
        return (
            self.postgres.container, self.redis.container, self.server.container, self.ingress.container,
            self.way_in.container, self.way_out.container,
        )  # fmt: skip


@contextmanager
def staged(testbed: Testbed, release: Release, clone: Clone, say: Say = silent) -> Iterator[Stage]:
    """Serve the database of `clone` on servers of its own, durable as production's, until the end of the block.

    Raises StackError, TemplateError, SettingsError, InvariantsError.
    """
    postgres, own_redis = testbed.start_postgres(Tuning.DURABLE), testbed.start_redis()
    say(f"loading {clone.database} into a durable PostgreSQL")
    testbed.load_database(clone, postgres)
    way_in = testbed.start_fault_proxy(
        {DATABASE: f"{postgres.address.alias}:{POSTGRES_PORT}"}, {DATABASE: POSTGRES_PORT}
    )
    through = replace(postgres.address, alias=way_in.container.name)
    server = testbed.start_server(
        release, clone.database, postgres=through, redis=own_redis.address, tmpfs={SMALL_DISK: _SMALL_DISK_OPTIONS}
    )
    supervise(server.container)  # Odoo ends when it has to start a worker while PostgreSQL is away
    ingress = testbed.start_ingress(server, _INGRESS_CONF)
    try:
        upstreams = {CLIENT: f"{server.container.name}:{ODOO_PORT}", INGRESS: f"{ingress.container.name}:{_PLAIN_PORT}"}
        way_out = testbed.start_fault_proxy(upstreams)
        processes = len(odoo_processes(server.container))
        stage = Stage(
            testbed, release, clone.database, postgres, own_redis, server, ingress, way_in, way_out, processes
        )
        yield stage
    finally:
        testbed.stop_server(ingress)
        testbed.stop_server(server)


def answers(url: str) -> bool:
    """Whether a GET is answered with 200 within seconds."""
    try:
        with _NO_PROXY.open(url, timeout=_TIMEOUT) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, HTTPException, OSError):
        return False


def _pings(server: Redis) -> bool:
    host, port = server.container.address(REDIS_PORT)
    client = redis.Redis(host=host, port=port, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT)
    try:
        return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError):
        return False
    finally:
        client.close()
