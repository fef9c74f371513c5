"""Starts the containers of a testbed, in the process that opened the run as in those that attach to it."""

from __future__ import annotations

import functools
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from odoo_gate.addons import AddonGraph, baseline_graph, baseline_root, candidate_graph
from odoo_gate.errors import StackError
from odoo_gate.model import ImageIdentity, Say
from odoo_gate.odoo.agent_client import Agent
from odoo_gate.odoo.databases import Databases, database_errors
from odoo_gate.odoo.releases import Release, ReleaseName
from odoo_gate.settings import Settings
from odoo_gate.stack.addons_source import AddonsSource
from odoo_gate.stack.addresses import AgentAddress, PostgresAddress, RedisAddress
from odoo_gate.stack.agent_container import start_agent
from odoo_gate.stack.container import ContainerSpec, RunningContainer
from odoo_gate.stack.counterpart import Counterpart, start_counterpart
from odoo_gate.stack.fault_proxy import FaultProxy, start_fault_proxy
from odoo_gate.stack.images import Images, run_reference
from odoo_gate.stack.ingress import Ingress, start_ingress
from odoo_gate.stack.object_store import ObjectStore, start_object_store
from odoo_gate.stack.odoo_command import OdooCommand, start_odoo_command
from odoo_gate.stack.odoo_server import FILES_MOUNT, Deployment, OdooServer, server_wide_modules, start_odoo
from odoo_gate.stack.postgres import Postgres, Tuning, start_postgres
from odoo_gate.stack.publishing import free_port
from odoo_gate.stack.redis import Redis, start_redis
from odoo_gate.stack.run import PortTaken, Run

_ATTEMPTS = 5
"""Times a port may be taken between finding it free and publishing Odoo on it."""


@dataclass(frozen=True)
class Facts:
    """What every process of the run knows."""

    run_id: str
    postgres: PostgresAddress
    postgres_major: str
    files_volume: str
    postgres_image: ImageIdentity
    redis_image: ImageIdentity
    run_folder: str
    cache: str

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Facts:
        """From what `dataclasses.asdict` made of them."""
        addresses = {"postgres": PostgresAddress(**plain["postgres"])}
        images = {name: ImageIdentity(**plain[name]) for name in ("postgres_image", "redis_image")}
        return cls(**{**plain, **addresses, **images})


class Host:
    """Starts the testbed's containers. An attached process makes its Docker client when it first needs one."""

    def __init__(self, settings: Settings, facts: Facts, say: Say, run: Run | None = None) -> None:
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
        *,
        keep: Collection[str],
        options: Mapping[str, str],
        tmpfs: Mapping[str, str],
        name: str,
    ) -> OdooServer:
        self._say(f"starting Odoo on {database}")
        deployment = self._deployment(release, database, postgres, redis)
        workers = self._settings.stack.workers if self._is_set("stack.workers") else None
        for _ in range(_ATTEMPTS):
            port = free_port(self._run.address)
            with database_errors(f"setting the base URL of {database}"):
                Databases(postgres).set_base_url(database, f"http://{self._run.address}:{port}")
            try:
                return start_odoo(
                    self._run,
                    deployment,
                    workers=workers,
                    http_port=port,
                    keep=keep,
                    options=options,
                    tmpfs=tmpfs,
                    name=name,
                )
            except PortTaken as error:
                self._say(error.message)
        raise StackError(
            f"no free port for Odoo in {_ATTEMPTS} attempts", hint="close programs that open many connections"
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
        deployment = self._deployment(release, database, postgres, redis)
        return start_odoo_command(self._run, deployment, arguments, name=name)

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

    def _deployment(
        self, release: Release, database: str, postgres: PostgresAddress, redis: RedisAddress
    ) -> Deployment:
        return Deployment(
            image=run_reference(release.image),
            series=self._settings.project.series,
            database=database,
            postgres=postgres,
            redis=redis,
            files_volume=self._facts.files_volume,
            addons=release.addons,
            conf=user_file(self._settings, "odoo_conf"),
            server_wide_modules=self._server_wide,
        )

    @property
    def _server_wide(self) -> tuple[str, ...] | None:
        """The project's server-wide modules; None leaves the choice to the user's odoo.conf."""
        return self._settings.stack.server_wide_modules if self._is_set("stack.server_wide_modules") else None

    def _start_agent(
        self, image: ImageIdentity, addons: AddonsSource, postgres: PostgresAddress, name: str
    ) -> AgentAddress:
        server_wide = self._server_wide or server_wide_modules(user_file(self._settings, "odoo_conf"))
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


def user_file(settings: Settings, key: Literal["odoo_conf", "ingress_conf"]) -> str:
    """The text of the file that `[stack]` names; empty when it names none. Raises StackError."""
    named: str = getattr(settings.stack, key)
    if not named:
        return ""
    path = settings.resolve(named)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(f"{path} cannot be read: {error}", hint=f"correct stack.{key} in gate.toml") from error
