"""The testbed of a run: images, store and agents put together, for the candidate and for the baseline."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from odoo_gate.addons import AddonGraph, baseline_graph, baseline_root, candidate_graph
from odoo_gate.errors import StackError
from odoo_gate.model import ImageIdentity, Say, silent
from odoo_gate.odoo.agent_client import Agent
from odoo_gate.odoo.databases import Databases, database_errors
from odoo_gate.odoo.kept import Keeping
from odoo_gate.odoo.spec import Ingredients, TemplateSpec, exact_spec, full_spec
from odoo_gate.odoo.store import Clone, Store, Template
from odoo_gate.settings import Settings
from odoo_gate.stack.addons_source import AddonsSource
from odoo_gate.stack.addresses import AgentAddress, PostgresAddress, RedisAddress
from odoo_gate.stack.agent_container import start_agent
from odoo_gate.stack.container import ContainerSpec, RunningContainer
from odoo_gate.stack.counterpart import Counterpart, start_counterpart
from odoo_gate.stack.fault_proxy import FaultProxy, start_fault_proxy
from odoo_gate.stack.images import Images, run_reference
from odoo_gate.stack.ingress import Ingress, start_ingress
from odoo_gate.stack.liveness import is_alive
from odoo_gate.stack.object_store import ObjectStore, start_object_store
from odoo_gate.stack.odoo_command import OdooCommand, start_odoo_command
from odoo_gate.stack.odoo_server import FILES_MOUNT, OdooServer, server_wide_modules, start_odoo
from odoo_gate.stack.postgres import Postgres, Tuning, load_database, start_postgres
from odoo_gate.stack.publishing import free_port
from odoo_gate.stack.redis import Redis, start_redis
from odoo_gate.stack.run import PortTaken, Run
from odoo_gate.stack.store_server import StoreServer, postgres_major

ReleaseName = Literal["candidate", "baseline"]

_ATTEMPTS = 5
"""Times a port may be taken between finding it free and publishing Odoo on it."""


@dataclass(frozen=True)
class Release:
    """One release of the addons, and the agent that has it loaded.

    `image` is the image the release runs on in production, `test_image` the one its tests run in, with the
    same Odoo and the same requirements.
    """

    name: ReleaseName
    graph: AddonGraph
    image: ImageIdentity
    test_image: ImageIdentity
    addons: AddonsSource
    agent: Agent


class Testbed:
    """Templates, clones and servers for the releases of one run.

    One process of a run opens it (`open_testbed`); the others attach to its `address` (`attach_testbed`) and
    start nothing for that. Everything started through it, by whichever process, ends with the run.
    """

    __test__ = False

    def __init__(
        self, settings: Settings, host: _Host, facts: _Facts, releases: dict[ReleaseName, Release], say: Say
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
            "releases": {name: _release_facts(release) for name, release in self._releases.items()},
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
        return (
            self.candidate.image,
            self.candidate.test_image,
            self._facts.postgres_image,
            self._facts.redis_image,
        )

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
        name = f"odoo-{release.name}{self._suffix()}-{next(self._numbers)}"
        address = postgres or self.postgres
        return self._host.start_odoo(
            release, database, address, redis or self.redis(), name, keep, options or {}, tmpfs or {}
        )

    def start_ingress(self, server: OdooServer, conf: str | None = None) -> Ingress:
        """A TLS proxy in front of `server`: `conf`, else the project's own configuration, else odoo-gate's.

        It runs until `stop_server` or the end of the run. Raises ImageError, SettingsError, StackError.
        """
        name = f"ingress{self._suffix()}-{next(self._numbers)}"
        return self._host.start_ingress(server, self.ingress_conf if conf is None else conf, name)

    @property
    def odoo_conf(self) -> str:
        """The text of production's odoo.conf; empty when gate.toml names none. Raises StackError."""
        return _user_file(self.settings, "odoo_conf")

    @property
    def ingress_conf(self) -> str:
        """The text of the project's nginx configuration; empty when gate.toml names none. Raises StackError."""
        return _user_file(self.settings, "ingress_conf")

    def stop_server(self, server: OdooServer | Ingress) -> None:
        """Keep the server's log and remove it."""
        self._host.stop(server.container)

    def start_postgres(self, tuning: Tuning = Tuning.DURABLE) -> Postgres:
        """A PostgreSQL of its own, for what measures or kills; gone at the end of the run."""
        name = f"postgres-{tuning}{self._suffix()}-{next(self._numbers)}"
        return self._host.start_postgres(tuning, name)

    def start_redis(self) -> Redis:
        """A Redis of its own, for what stops it; gone at the end of the run."""
        return self._host.start_redis(f"redis{self._suffix()}-{next(self._numbers)}")

    def start_files(self) -> RunningContainer:
        """A container that only holds every filestore of the run, below FILES_MOUNT: to stream files out and in."""
        return self._host.start_files(f"files{self._suffix()}-{next(self._numbers)}")

    def start_counterpart(self) -> Counterpart:
        """An HTTP server for Odoo to call, that records and answers as told; gone at the end of the run."""
        return self._host.start_counterpart(self.candidate, f"counterpart{self._suffix()}-{next(self._numbers)}")

    def start_fault_proxy(self, upstreams: Mapping[str, str], listen: Mapping[str, int] | None = None) -> FaultProxy:
        """A proxy that fails on demand, on the way to `upstreams` (`host:port` by name); gone at the end of the run.

        `listen` gives the ports it listens on for those that must be the usual ones.
        """
        name = f"faults{self._suffix()}-{next(self._numbers)}"
        return self._host.start_fault_proxy(self.candidate, upstreams, name, listen or {})

    def start_object_store(self) -> ObjectStore:
        """An S3-compatible store with one empty bucket; gone at the end of the run. Raises StackError, UsageError."""
        return self._host.start_object_store(self.candidate, f"store{self._suffix()}-{next(self._numbers)}")

    def start_agent(self, release: Release, postgres: PostgresAddress) -> Agent:
        """An agent of `release` that works on the databases of another server; gone at the end of the run."""
        return self._host.start_agent(release, postgres, f"agent-{release.name}{self._suffix()}-{next(self._numbers)}")

    def start_command(
        self, release: Release, database: str, arguments: Sequence[str], *, postgres: PostgresAddress | None = None
    ) -> OdooCommand:
        """`odoo <arguments>` in the release's own image, on `database`, configured as its server is.

        Raises StackError, SettingsError.
        """
        name = f"command-{release.name}{self._suffix()}-{next(self._numbers)}"
        address = postgres or self.postgres
        return self._host.start_command(release, database, arguments, address, self.redis(), name)

    def load_database(self, clone: Clone, target: Postgres) -> None:
        """Copy a clone's database under its own name into `target`. Raises StackError, TemplateError."""
        with database_errors(f"copying {clone.database}"):
            Databases(target.address).create_empty(clone.database, self.settings.database.extensions)
        load_database(self.postgres, clone.database, target)

    def _suffix(self) -> str:
        """Tells the containers of the run's other processes apart from the ones of its first."""
        return f"-{os.getpid()}" if self._host.is_attached else ""

    def _ingredients(self, release: Release) -> Ingredients:
        database = self.settings.database
        return Ingredients(
            image=release.test_image.digest,
            postgres_major=self._facts.postgres_major,
            languages=database.languages,
            demo=database.demo,
            extensions=database.extensions,
        )


@dataclass(frozen=True)
class _Facts:
    """What every process of the run knows."""

    run_id: str
    postgres: PostgresAddress
    postgres_major: str
    files_volume: str
    postgres_image: ImageIdentity
    redis_image: ImageIdentity
    run_folder: str
    cache: str


class _Host:
    """Starts the testbed's containers. An attached process makes its Docker client when it first needs one."""

    def __init__(self, settings: Settings, facts: _Facts, say: Say, run: Run | None = None) -> None:
        self.is_attached = run is None
        self._settings = settings
        self._facts = facts
        self._say = say
        self._own_run = run

    @functools.cached_property
    def _run(self) -> Run:
        if self._own_run is not None:
            return self._own_run
        facts = self._facts
        return Run(facts.run_id, Path(facts.run_folder), self._say, Path(facts.cache)).connect()

    @functools.cached_property
    def _images(self) -> Images:
        return Images(self._say, Path(self._facts.cache))

    def start_candidate(self) -> Release:
        settings = self._settings
        image, test_image = self._odoo_images(settings.requirements())
        graph = candidate_graph(settings, self._images.addons_of(test_image))
        return self._release("candidate", graph, settings.addons_roots, image, test_image)

    def start_baseline(self) -> Release:
        settings = self._settings
        root = baseline_root(settings)
        image, test_image = self._odoo_images(settings.baseline_requirements(root))
        graph = baseline_graph(settings, root, self._images.addons_of(test_image))
        folders = tuple(root / path for path in settings.baseline_paths)
        return self._release("baseline", graph, folders, image, test_image)

    @functools.cached_property
    def redis(self) -> RedisAddress:
        name = f"redis-{os.getpid()}" if self.is_attached else "redis"
        return start_redis(self._run, run_reference(self._facts.redis_image), name=name).address

    def start_redis(self, name: str) -> Redis:
        return start_redis(self._run, run_reference(self._facts.redis_image), name=name)

    def start_postgres(self, tuning: Tuning, name: str) -> Postgres:
        return start_postgres(self._run, run_reference(self._facts.postgres_image), tuning, name=name)

    def start_files(self, name: str) -> RunningContainer:
        return self._run.start(
            ContainerSpec(
                name=name,
                image=run_reference(self._facts.postgres_image),
                command=("infinity",),
                volumes={self._facts.files_volume: FILES_MOUNT},
                options={"entrypoint": ["sleep"], "init": True},
            )
        )

    def stop(self, container: RunningContainer) -> None:
        self._run.stop(container)

    def start_ingress(self, server: OdooServer, conf: str, name: str) -> Ingress:
        stack = self._settings.stack
        image = run_reference(self._images.nginx(stack.nginx_image))
        return start_ingress(self._run, image, server.container, conf, upstreams=stack.ingress_upstreams, name=name)

    def start_odoo(
        self,
        release: Release,
        database: str,
        postgres: PostgresAddress,
        redis: RedisAddress,
        name: str,
        keep: Collection[str],
        options: Mapping[str, str],
        tmpfs: Mapping[str, str],
    ) -> OdooServer:
        self._say(f"starting Odoo on {database}")
        for _ in range(_ATTEMPTS):
            port = free_port(self._run.address)
            with database_errors(f"setting the base URL of {database}"):
                Databases(postgres).set_base_url(database, f"http://{self._run.address}:{port}")
            try:
                return self._start_odoo(release, database, postgres, redis, name, port, keep, options, tmpfs)
            except PortTaken as error:
                self._say(error.message)
        raise StackError(
            f"no free port for Odoo in {_ATTEMPTS} attempts", hint="close programs that open many connections"
        )

    def _start_odoo(
        self,
        release: Release,
        database: str,
        postgres: PostgresAddress,
        redis: RedisAddress,
        name: str,
        port: int,
        keep: Collection[str],
        options: Mapping[str, str],
        tmpfs: Mapping[str, str],
    ) -> OdooServer:
        stack = self._settings.stack
        return start_odoo(
            self._run,
            run_reference(release.image),
            series=self._settings.project.series,
            database=database,
            postgres=postgres,
            redis=redis,
            files_volume=self._facts.files_volume,
            addons=release.addons,
            conf=_user_conf(self._settings),
            workers=stack.workers if self._is_set("stack.workers") else None,
            server_wide_modules=self._server_wide,
            http_port=port,
            keep=keep,
            options=options,
            tmpfs=tmpfs,
            name=name,
        )

    def start_command(
        self,
        release: Release,
        database: str,
        arguments: Sequence[str],
        postgres: PostgresAddress,
        redis: RedisAddress,
        name: str,
    ) -> OdooCommand:
        return start_odoo_command(
            self._run,
            run_reference(release.image),
            arguments,
            series=self._settings.project.series,
            database=database,
            postgres=postgres,
            redis=redis,
            files_volume=self._facts.files_volume,
            addons=release.addons,
            conf=_user_conf(self._settings),
            server_wide_modules=self._server_wide,
            name=name,
        )

    def start_counterpart(self, release: Release, name: str) -> Counterpart:
        return start_counterpart(self._run, run_reference(release.test_image), name=name)

    def start_fault_proxy(
        self, release: Release, upstreams: Mapping[str, str], name: str, listen: Mapping[str, int]
    ) -> FaultProxy:
        image = run_reference(release.test_image)
        return start_fault_proxy(self._run, image, upstreams, listen=listen, name=name)

    def start_object_store(self, release: Release, name: str) -> ObjectStore:
        return start_object_store(self._run, run_reference(release.test_image), name=name)

    def start_agent(self, release: Release, postgres: PostgresAddress, name: str) -> Agent:
        return Agent(self._start_agent(release.test_image, release.addons, postgres, name))

    @property
    def _server_wide(self) -> tuple[str, ...] | None:
        """The project's server-wide modules; None leaves the choice to the user's odoo.conf."""
        return self._settings.stack.server_wide_modules if self._is_set("stack.server_wide_modules") else None

    def _start_agent(
        self, image: ImageIdentity, addons: AddonsSource, postgres: PostgresAddress, name: str
    ) -> AgentAddress:
        server_wide = self._server_wide or server_wide_modules(_user_conf(self._settings))
        return start_agent(
            self._run,
            run_reference(image),
            postgres=postgres,
            redis=self.redis if server_wide else None,
            addons=addons,
            server_wide_modules=server_wide,
            files_volume=self._facts.files_volume,
            name=name,
        )

    def _is_set(self, key: str) -> bool:
        """Whether a person set it: a default does not override the user's own odoo.conf."""
        return self._settings.source(key) != "default"

    def _odoo_images(self, requirements: Sequence[str]) -> tuple[ImageIdentity, ImageIdentity]:
        series, reference = self._settings.project.series, self._settings.stack.odoo_image
        return (
            self._images.odoo(series, reference, requirements, "release"),
            self._images.odoo(series, reference, requirements, "test"),
        )

    def _release(
        self,
        name: ReleaseName,
        graph: AddonGraph,
        folders: tuple[Path, ...],
        image: ImageIdentity,
        test_image: ImageIdentity,
    ) -> Release:
        addons = AddonsSource(graph.root, folders, self._images.addons_paths_of(test_image))
        self._say(f"starting the agent of the {name}")
        container = f"agent-{name}-{os.getpid()}" if self.is_attached else f"agent-{name}"
        address = self._start_agent(test_image, addons, self._facts.postgres, container)
        return Release(name, graph, image, test_image, addons, Agent(address))


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
    facts = _Facts(
        run_id=run.id,
        postgres=server.postgres,
        postgres_major=server.major,
        files_volume=server.files_volume,
        postgres_image=postgres,
        redis_image=redis,
        run_folder=str(run.folder),
        cache=str(run.cache),
    )
    host = _Host(settings, facts, say, run)
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
    facts = _facts_from(address["facts"])
    releases = {name: _release_from(settings, name, each) for name, each in address["releases"].items()}
    return Testbed(settings, _Host(settings, facts, say), facts, releases, say)


def _facts_from(plain: Mapping[str, Any]) -> _Facts:
    return _Facts(
        **{
            **plain,
            "postgres": PostgresAddress(**plain["postgres"]),
            "postgres_image": ImageIdentity(**plain["postgres_image"]),
            "redis_image": ImageIdentity(**plain["redis_image"]),
        }
    )


def _release_facts(release: Release) -> dict[str, Any]:
    return {
        "image": asdict(release.image),
        "test_image": asdict(release.test_image),
        "agent": asdict(release.agent.address),
        "root": str(release.graph.root),
        "image_addons": str(release.graph.image),
        "folders": [str(folder) for folder in release.addons.folders],
        "image_paths": list(release.addons.image_paths),
    }


def _release_from(settings: Settings, name: ReleaseName, facts: Mapping[str, Any]) -> Release:
    root, image_addons = Path(facts["root"]), Path(facts["image_addons"])
    graph = (
        candidate_graph(settings, image_addons) if name == "candidate" else baseline_graph(settings, root, image_addons)
    )
    folders = tuple(Path(folder) for folder in facts["folders"])
    return Release(
        name=name,
        graph=graph,
        image=ImageIdentity(**facts["image"]),
        test_image=ImageIdentity(**facts["test_image"]),
        addons=AddonsSource(root, folders, tuple(facts["image_paths"])),
        agent=Agent(AgentAddress(**facts["agent"])),
    )


def _user_conf(settings: Settings) -> str:
    return _user_file(settings, "odoo_conf")


def _user_file(settings: Settings, key: Literal["odoo_conf", "ingress_conf"]) -> str:
    """The text of the file that `[stack]` names; empty when it names none."""
    named: str = getattr(settings.stack, key)
    if not named:
        return ""
    path = settings.resolve(named)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(f"{path} cannot be read: {error}", hint=f"correct stack.{key} in gate.toml") from error
