"""The testbed of a run: images, store and agents put together, for the candidate and for the baseline."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from odoo_gate.addons import AddonGraph, baseline_graph, baseline_root, candidate_graph
from odoo_gate.errors import StackError
from odoo_gate.model import ImageIdentity, Say, silent
from odoo_gate.odoo.agent_client import Agent
from odoo_gate.odoo.spec import Ingredients, TemplateSpec, exact_spec, full_spec
from odoo_gate.odoo.store import Clone, Store, Template
from odoo_gate.settings import Settings
from odoo_gate.stack.addons_source import AddonsSource
from odoo_gate.stack.addresses import AgentAddress, PostgresAddress, RedisAddress
from odoo_gate.stack.agent_container import start_agent
from odoo_gate.stack.images import Images, run_reference
from odoo_gate.stack.liveness import is_alive
from odoo_gate.stack.odoo_server import OdooServer, start_odoo
from odoo_gate.stack.postgres import Postgres, Tuning, load_database, start_postgres
from odoo_gate.stack.redis import start_redis
from odoo_gate.stack.run import Run
from odoo_gate.stack.store_server import StoreServer, postgres_major

ReleaseName = Literal["candidate", "baseline"]


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

    One process of a run opens it (`open_testbed`); the others attach to its `address` (`attach_testbed`).
    Both may make templates and clones; containers are started by the process that opened it.
    """

    __test__ = False

    def __init__(
        self,
        settings: Settings,
        host: _Host | None,
        facts: _Facts,
        releases: dict[ReleaseName, Release],
        say: Say,
    ) -> None:
        self.settings = settings
        self._host = host
        self._facts = facts
        self._releases = releases
        self._say = say
        self._numbers = itertools.count(1)
        self._redis: RedisAddress | None = facts.redis
        self.store = Store(facts.postgres, facts.run_id, say)

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
            self._releases["baseline"] = self._started("the baseline").start_baseline()
        return self._releases["baseline"]

    @property
    def images(self) -> tuple[ImageIdentity, ...]:
        """Every image that is part of the evidence: the candidate's and its tests', PostgreSQL's, Redis's."""
        return (self.candidate.image, self.candidate.test_image, *self._facts.service_images)

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
        agent = (release or self.candidate).agent
        clone = self.store.clone(template, agent)
        try:
            yield clone
        finally:
            self.store.drop(clone, agent)

    def redis(self) -> RedisAddress:
        """The run's Redis, started when first asked for."""
        if self._redis is None:
            self._redis = self._started("Redis").start_redis()
        return self._redis

    def start_server(
        self, release: Release, database: str, *, postgres: PostgresAddress | None = None
    ) -> OdooServer:
        """Odoo as in production on `database`: a clone, or what `load_database` put into `postgres`.

        It runs until `stop_server` or the end of the run. Raises StackError, SettingsError.
        """
        host = self._started("an Odoo server")
        name = f"odoo-{release.name}-{next(self._numbers)}"
        return host.start_odoo(release, database, postgres or self.postgres, self.redis(), name)

    def stop_server(self, server: OdooServer) -> None:
        """Keep the server's log and remove it."""
        self._started("an Odoo server").run.stop(server.container)

    def start_postgres(self, tuning: Tuning = Tuning.DURABLE) -> Postgres:
        """A PostgreSQL of its own, for what measures or kills; gone at the end of the run."""
        name = f"postgres-{tuning}-{next(self._numbers)}"
        return self._started("PostgreSQL").start_postgres(tuning, name)

    def load_database(self, clone: Clone, target: Postgres) -> None:
        """Copy a clone's database, under its own name, from the store into `target`. Raises StackError."""
        load_database(self.postgres, clone.database, target)

    def _ingredients(self, release: Release) -> Ingredients:
        database = self.settings.database
        return Ingredients(
            image=release.test_image.digest,
            postgres_major=self._facts.postgres_major,
            languages=database.languages,
            demo=database.demo,
            extensions=database.extensions,
        )

    def _started(self, what: str) -> _Host:
        if self._host is None:
            raise StackError(
                f"{what} was asked for in a pytest worker, and only the controller starts containers",
                hint="run these tests without -n",
            )
        return self._host


@dataclass(frozen=True)
class _Facts:
    """What every process of the run knows."""

    run_id: str
    postgres: PostgresAddress
    postgres_major: str
    files_volume: str
    service_images: tuple[ImageIdentity, ...]
    redis: RedisAddress | None = None


class _Host:
    """Starts the testbed's containers, in the one process that may."""

    def __init__(self, settings: Settings, run: Run, images: Images, server: StoreServer) -> None:
        self.run = run
        self._settings = settings
        self._images = images
        self._server = server
        self._conf = _user_conf(settings)

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

    def start_redis(self) -> RedisAddress:
        image = self._images.redis(self._settings.stack.redis_image)
        return start_redis(self.run, run_reference(image)).address

    def start_postgres(self, tuning: Tuning, name: str) -> Postgres:
        image = self._images.postgres(self._settings.stack.postgres_image)
        return start_postgres(self.run, run_reference(image), tuning, name=name)

    def start_odoo(
        self, release: Release, database: str, postgres: PostgresAddress, redis: RedisAddress, name: str
    ) -> OdooServer:
        stack = self._settings.stack
        self.run.say(f"starting Odoo on {database}")
        return start_odoo(
            self.run,
            run_reference(release.image),
            series=self._settings.project.series,
            database=database,
            postgres=postgres,
            redis=redis,
            files_volume=self._server.files_volume,
            addons=release.addons,
            conf=self._conf,
            workers=stack.workers if self._is_set("stack.workers") else None,
            server_wide_modules=(
                stack.server_wide_modules if self._is_set("stack.server_wide_modules") else None
            ),
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
        self.run.say(f"starting the agent of the {name}")
        address = start_agent(
            self.run,
            run_reference(test_image),
            postgres=self._server.postgres,
            redis=None,
            addons=addons,
            files_volume=self._server.files_volume,
            name=f"agent-{name}",
        )
        return Release(name, graph, image, test_image, addons, Agent(address))


def open_testbed(settings: Settings, run: Run, say: Say = silent) -> Testbed:
    """Bring up the template store and the candidate's agent in `run`.

    Raises ImageError, StackError, TemplateError, AddonsError.
    """
    images = Images(say, run.cache)
    postgres = images.postgres(settings.stack.postgres_image)
    redis = images.redis(settings.stack.redis_image)
    reference = run_reference(postgres)
    server = StoreServer(run, reference, postgres_major(run, reference)).join()
    facts = _Facts(
        run_id=run.id,
        postgres=server.postgres,
        postgres_major=server.major,
        files_volume=server.files_volume,
        service_images=(postgres, redis),
    )
    store = Store(server.postgres, run.id, say)
    store.sweep(server, lambda other: is_alive(run.cache, other))
    run.before_removal(lambda: store.drop_own(server))
    host = _Host(settings, run, images, server)
    return Testbed(settings, host, facts, {"candidate": host.start_candidate()}, say)


def attach_testbed(settings: Settings, address: Mapping[str, Any], say: Say = silent) -> Testbed:
    """The testbed another process of this run opened, from its `address`. Starts nothing."""
    facts = address["facts"]
    known = _Facts(
        run_id=facts["run_id"],
        postgres=PostgresAddress(**facts["postgres"]),
        postgres_major=facts["postgres_major"],
        files_volume=facts["files_volume"],
        service_images=tuple(ImageIdentity(**image) for image in facts["service_images"]),
        redis=RedisAddress(**facts["redis"]) if facts["redis"] else None,
    )
    releases = {name: _release_from(settings, name, each) for name, each in address["releases"].items()}
    return Testbed(settings, None, known, releases, say)


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
        candidate_graph(settings, image_addons)
        if name == "candidate"
        else baseline_graph(settings, root, image_addons)
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
    if not settings.stack.odoo_conf:
        return ""
    path = settings.resolve(settings.stack.odoo_conf)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(
            f"{path} cannot be read: {error}", hint="correct stack.odoo_conf in gate.toml"
        ) from error
