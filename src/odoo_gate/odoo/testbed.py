"""The testbed of a run: images, store and agents put together, for the candidate and for the baseline."""

from __future__ import annotations

import itertools
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from odoo_gate.model import ImageIdentity, Say, silent
from odoo_gate.odoo.agent_client import Agent
from odoo_gate.odoo.databases import Databases, database_errors
from odoo_gate.odoo.host import Facts, Host, user_file
from odoo_gate.odoo.kept import Keeping
from odoo_gate.odoo.releases import Release, ReleaseName, release_facts, release_from
from odoo_gate.odoo.spec import Ingredients, TemplateSpec, exact_spec, full_spec
from odoo_gate.odoo.store import Clone, Store, Template
from odoo_gate.settings import Settings
from odoo_gate.stack.addresses import PostgresAddress, RedisAddress
from odoo_gate.stack.container import RunningContainer
from odoo_gate.stack.counterpart import Counterpart
from odoo_gate.stack.fault_proxy import FaultProxy
from odoo_gate.stack.images import Images, run_reference
from odoo_gate.stack.ingress import Ingress
from odoo_gate.stack.liveness import is_alive
from odoo_gate.stack.object_store import ObjectStore
from odoo_gate.stack.odoo_command import OdooCommand
from odoo_gate.stack.odoo_server import OdooServer
from odoo_gate.stack.postgres import Postgres, Tuning, load_database
from odoo_gate.stack.redis import Redis
from odoo_gate.stack.run import Run
from odoo_gate.stack.store_server import StoreServer, postgres_major

__all__ = ["Release", "ReleaseName", "Testbed", "attach_testbed", "open_store", "open_testbed"]


class Testbed:
    """Templates, clones and servers for the releases of one run.

    One process of a run opens it (`open_testbed`); the others attach to its `address` (`attach_testbed`) and
    start nothing for that. Everything started through it, by whichever process, ends with the run.
    """

    __test__ = False

    def __init__(
        self, settings: Settings, host: Host, facts: Facts, releases: dict[ReleaseName, Release], say: Say
    ) -> None:
        self.settings = settings
        self._host = host
        self._facts = facts
        self._releases = releases
        self._numbers = itertools.count(1)
        self.store = Store(facts.postgres, facts.run_id, say)
        self.keeping: Keeping | None = None
        """Set where databases that failed checks worked on are to be kept."""

    @property
    def address(self) -> dict[str, Any]:
        """Everything another process of this run needs to attach, as plain JSON types."""
        return {
            "facts": asdict(self._facts),
            "releases": {name: release_facts(release) for name, release in self._releases.items()},
        }

    @property
    def candidate(self) -> Release:
        """What wants to go to production."""
        return self._releases["candidate"]

    @property
    def baseline(self) -> Release | None:
        """What runs there today; None when gate.toml names no baseline. Started when first asked for."""
        if self.settings.baseline is None:
            return None
        if "baseline" not in self._releases:
            self._releases["baseline"] = self._host.start_baseline()
        return self._releases["baseline"]

    def start_baseline(self) -> None:
        """Start the baseline's agent now, so that processes that attach later find it. Raises StackError."""
        _ = self.baseline

    @property
    def images(self) -> tuple[ImageIdentity, ...]:
        """Every image that is part of the evidence: the candidate's and its tests', PostgreSQL's, Redis's."""
        facts = self._facts
        return (self.candidate.image, self.candidate.test_image, facts.postgres_image, facts.redis_image)

    @property
    def postgres(self) -> PostgresAddress:
        """The template store's PostgreSQL, where clones live."""
        return self._facts.postgres

    def full_spec(self, release: Release) -> TemplateSpec:
        return full_spec(release.graph, release.graph.own, self._ingredients(release))

    def exact_spec(self, release: Release, modules: Sequence[str]) -> TemplateSpec:
        return exact_spec(release.graph, modules, self._ingredients(release))

    def full_template(self, release: Release) -> Template:
        """All modules of the release as `odoo -i` installs them, asset bundles included.

        Raises ReleaseFailure, TemplateError.
        """
        return self.store.template(self.full_spec(release), release.agent)

    def exact_template(self, release: Release, module: str) -> Template:
        """`module`, its dependency closure, and nothing more. Raises ReleaseFailure, TemplateError."""
        return self.store.template(self.exact_spec(release, [module]), release.agent)

    def closure_template(self, release: Release, module: str) -> Template:
        """What `module` depends on, without itself. Raises ReleaseFailure, TemplateError."""
        depends = release.graph.addons[module].depends
        return self.store.template(self.exact_spec(release, depends), release.agent)

    @contextmanager
    def clone(self, template: Template, release: Release | None = None) -> Iterator[Clone]:
        """A disposable copy of `template`, dropped at the end of the block."""
        release = release or self.candidate
        clone = self.store.clone(template, release.agent)
        if self.keeping is not None:
            self.keeping.opened(clone, release.name, release.agent)
        try:
            yield clone
        finally:
            if self.keeping is not None:
                self.keeping.closed(clone, self.store)
            else:
                self.store.drop(clone, release.agent)

    def redis(self) -> RedisAddress:
        """The run's Redis, started when first asked for."""
        return self._host.redis

    def start_server(
        self,
        release: Release,
        database: str,
        *,
        postgres: PostgresAddress | None = None,
        keep: Collection[str] = (),
        options: Mapping[str, str] | None = None,
        redis: RedisAddress | None = None,
        tmpfs: Mapping[str, str] | None = None,
    ) -> OdooServer:
        """Odoo as in production on `database`: a clone, or what `load_database` put into `postgres`.

        `keep` names options that the run changes otherwise: the user's own value stands, or Odoo's default.
        `options` are the ones of odoo.conf that this server has instead of the user's. `redis`: another one than the
        run's. `tmpfs` maps mount points to mount options (`size=160m`).
        It runs until `stop_server` or the end of the run. Raises StackError, SettingsError.
        """
        return self._host.start_odoo(
            release,
            database,
            postgres or self.postgres,
            redis or self.redis(),
            keep=keep,
            options=options or {},
            tmpfs=tmpfs or {},
            name=self._name(f"odoo-{release.name}"),
        )

    def start_ingress(self, server: OdooServer, conf: str | None = None) -> Ingress:
        """A TLS proxy in front of `server`: `conf`, else the project's own configuration, else odoo-gate's.

        It runs until `stop_server` or the end of the run. Raises ImageError, SettingsError, StackError.
        """
        name = self._name("ingress")
        return self._host.start_ingress(server, self.ingress_conf if conf is None else conf, name)

    @property
    def odoo_conf(self) -> str:
        """The text of production's odoo.conf; empty when gate.toml names none. Raises StackError."""
        return user_file(self.settings, "odoo_conf")

    @property
    def ingress_conf(self) -> str:
        """The text of the project's nginx configuration; empty when gate.toml names none. Raises StackError."""
        return user_file(self.settings, "ingress_conf")

    def stop_server(self, server: OdooServer | Ingress) -> None:
        """Keep the server's log and remove it."""
        self._host.stop(server.container)

    def start_postgres(self, tuning: Tuning = Tuning.DURABLE) -> Postgres:
        """A PostgreSQL of its own, for what measures or kills; gone at the end of the run."""
        name = self._name(f"postgres-{tuning}")
        return self._host.start_postgres(tuning, name)

    def start_redis(self) -> Redis:
        """A Redis of its own, for what stops it; gone at the end of the run."""
        return self._host.start_redis(self._name("redis"))

    def start_files(self) -> RunningContainer:
        """A container that only holds every filestore of the run, below FILES_MOUNT: to stream files out and in."""
        return self._host.start_files(self._name("files"))

    def start_counterpart(self) -> Counterpart:
        """An HTTP server for Odoo to call, that records and answers as told; gone at the end of the run."""
        return self._host.start_counterpart(self.candidate, self._name("counterpart"))

    def start_fault_proxy(self, upstreams: Mapping[str, str], listen: Mapping[str, int] | None = None) -> FaultProxy:
        """A proxy that fails on demand, on the way to `upstreams` (`host:port` by name); gone at the end of the run.

        `listen` gives the ports it listens on for those that must be the usual ones.
        """
        name = self._name("faults")
        return self._host.start_fault_proxy(self.candidate, upstreams, name, listen or {})

    def start_object_store(self) -> ObjectStore:
        """An S3-compatible store with one empty bucket; gone at the end of the run. Raises StackError, UsageError."""
        return self._host.start_object_store(self.candidate, self._name("store"))

    def start_agent(self, release: Release, postgres: PostgresAddress) -> Agent:
        """An agent of `release` that works on the databases of another server; gone at the end of the run."""
        return self._host.start_agent(release, postgres, self._name(f"agent-{release.name}"))

    def start_command(
        self, release: Release, database: str, arguments: Sequence[str], *, postgres: PostgresAddress | None = None
    ) -> OdooCommand:
        """`odoo <arguments>` in the release's own image, on `database`, configured as its server is.

        Raises StackError, SettingsError.
        """
        name = self._name(f"command-{release.name}")
        address = postgres or self.postgres
        return self._host.start_command(release, database, arguments, address, self.redis(), name)

    def load_database(self, clone: Clone, target: Postgres) -> None:
        """Copy a clone's database under its own name into `target`. Raises StackError, TemplateError."""
        with database_errors(f"copying {clone.database}"):
            Databases(target.address).create_empty(clone.database, self.settings.database.extensions)
        load_database(self.postgres, clone.database, target)

    def _name(self, what: str) -> str:
        """A container's name that no other of the run has, whichever process starts it."""
        process = f"-{os.getpid()}" if self._host.is_attached else ""
        return f"{what}{process}-{next(self._numbers)}"

    def _ingredients(self, release: Release) -> Ingredients:
        database = self.settings.database
        return Ingredients(
            image=release.test_image.digest,
            postgres_major=self._facts.postgres_major,
            languages=database.languages,
            demo=database.demo,
            extensions=database.extensions,
        )


def open_testbed(settings: Settings, run: Run, say: Say = silent) -> Testbed:
    """Bring up the template store and the candidate's agent in `run`.

    When the run ends, its clones are dropped and the store is pruned as gate.toml says.
    Raises ImageError, StackError, TemplateError, AddonsError.
    """
    images = Images(say, run.cache)
    redis = images.redis(settings.stack.redis_image)
    postgres, server, store = open_store(settings.stack.postgres_image, run, say)
    run.before_removal(
        lambda: store.prune(server, max_age_days=settings.store.max_age_days, max_size_gb=settings.store.max_size_gb)
    )
    facts = Facts(
        run_id=run.id,
        postgres=server.postgres,
        postgres_major=server.major,
        files_volume=server.files_volume,
        postgres_image=postgres,
        redis_image=redis,
        run_folder=str(run.folder),
        cache=str(run.cache),
    )
    host = Host(settings, facts, say, run)
    return Testbed(settings, host, facts, {"candidate": host.start_candidate()}, say)


def open_store(postgres_image: str, run: Run, say: Say = silent) -> tuple[ImageIdentity, StoreServer, Store]:
    """The template store of this machine's user, swept of what dead runs left in it, until `run` ends.

    Raises ImageError, StackError, TemplateError.
    """
    image = Images(say, run.cache).postgres(postgres_image)
    reference = run_reference(image)
    server = StoreServer(run, reference, postgres_major(run, reference)).join()
    store = Store(server.postgres, run.id, say)
    store.sweep(server, lambda other: is_alive(run.cache, other))
    run.before_removal(lambda: store.drop_own(server))
    return image, server, store


def attach_testbed(settings: Settings, address: Mapping[str, Any], say: Say = silent) -> Testbed:
    """The testbed another process of this run opened, from its `address`. Starts nothing."""
    facts = Facts.from_plain(address["facts"])
    releases = {name: release_from(settings, name, each) for name, each in address["releases"].items()}
    return Testbed(settings, Host(settings, facts, say), facts, releases, say)
