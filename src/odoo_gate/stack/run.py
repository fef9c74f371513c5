"""One run's life among Docker objects: it makes them labelled with its id, and removes every one of them."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import docker
from docker.errors import APIError, ImageNotFound
from docker.models.containers import Container
from testcontainers.core.container import Reaper
from testcontainers.core.network import Network

from odoo_gate.cache import cache_dir
from odoo_gate.errors import GateError, StackError
from odoo_gate.model import Say, silent
from odoo_gate.stack.client import docker_client, engine_errors
from odoo_gate.stack.container import ContainerSpec, GateContainer, RunningContainer, save_log
from odoo_gate.stack.identity import cache_identity
from odoo_gate.stack.interrupts import interrupts_held, termination_as_interrupt
from odoo_gate.stack.labels import Labels
from odoo_gate.stack.liveness import new_run_id, run_lock
from odoo_gate.stack.publishing import published_on
from odoo_gate.stack.sweep import remove_container, remove_network, sweep
from odoo_gate.stack.testcontainers_settings import pin_testcontainers

__all__ = ["PortTaken", "Run", "new_run_id", "sweep"]

_REMOVALS_AT_ONCE = 4
_PORT_TAKEN = re.compile(r"port is already allocated|address already in use")


class PortTaken(StackError):
    """A port that a container was to be published on belongs to another program."""


class Run:
    """A private network and the containers in it, from `with` to the end of it.

    `folder` receives `logs/<container>.log`. On leaving, in whatever way, every container, network and
    anonymous volume of the run is removed. What a killed run left is removed by the next that starts.
    """

    def __init__(self, run_id: str, folder: Path, say: Say = silent, cache: Path | None = None) -> None:
        self.id = run_id
        self.folder = folder
        self.say = say
        self.cache = cache or cache_dir()
        self.identity = ""
        self._lock = run_lock(self.cache, run_id)
        self._signals = ExitStack()
        self._last_words: list[Callable[[], object]] = []
        self._network: str | None = None
        self._client: docker.DockerClient | None = None
        self._address = ""

    @property
    def client(self) -> docker.DockerClient:
        """A client of the engine this run uses."""
        if self._client is None:
            raise RuntimeError("a Run is used inside `with`")
        return self._client

    @property
    def address(self) -> str:
        """The one address ports are published on."""
        return self._address

    @property
    def labels(self) -> Labels:
        return Labels(run=self.id, cache=self.identity)

    @property
    def network(self) -> str:
        """The name of the private network, made when first asked for. Raises StackError."""
        if self._network is None:
            self._network = self._make_network()
        return self._network

    def log_path(self, name: str) -> Path:
        """Where the log of the container `name` ends up."""
        return self.folder / "logs" / f"{name}.log"

    def before_removal(self, action: Callable[[], object]) -> None:
        """Have `action` called, last added first, before the containers of this run are removed."""
        self._last_words.append(action)

    def start(self, spec: ContainerSpec) -> RunningContainer:
        """Create, fill and start a container in the private network.

        Raises PortTaken when another program holds one of its fixed ports, StackError for every other failure.
        """
        self._require_image(spec.image)
        network = Network()
        network.name = self.network
        with engine_errors(f"starting {spec.name}"), interrupts_held():
            container = GateContainer(spec, f"odoo-gate-{self.id}-{spec.name}", self._address)
            container.with_network(network).with_network_aliases(spec.name)
            container.with_kwargs(labels=self.labels.of_run(spec.name), hostname=spec.name, **spec.options)
            try:
                container.start()
            except APIError as error:
                container.discard()
                if _PORT_TAKEN.search(str(error)):
                    raise PortTaken(
                        f"a port for {spec.name} is taken: {error.explanation}", hint="run again"
                    ) from error
                raise
        return RunningContainer(spec.name, container.get_wrapped_container(), self._address, self.log_path(spec.name))

    def stop(self, container: RunningContainer, *, timeout: float = 0) -> None:
        """Save its log and remove it now; `timeout` is the seconds it may take to end by itself."""
        with interrupts_held(), engine_errors(f"stopping {container.name}"):
            if timeout:
                container.docker.stop(timeout=timeout)
            self._dispose(container.docker)

    def __enter__(self) -> Self:
        self._lock.exclusive()
        try:
            self._signals.enter_context(termination_as_interrupt())
            self.connect()
            sweep(self.say, cache=self.cache, client=self.client)
        except BaseException:
            self._leave()
            raise
        return self

    def connect(self) -> Self:
        """Reach the engine without becoming the run's owner.

        For other processes of a run that is open elsewhere: they may start containers in its network, and the
        process that holds the run removes them with its own. Raises StackError.
        """
        self.identity = cache_identity(self.cache)
        self._client = docker_client()
        self._address = published_on(os.environ.get("DOCKER_HOST", ""))
        pin_testcontainers(self._client, self._address)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with interrupts_held():
                failures = self._clean_up()
        finally:
            self._leave()
        if not failures:
            return
        text = "; ".join(str(failure.args[0]) for failure in failures)
        if error is None:
            raise StackError(
                f"run {self.id} could not remove all it started: {text}",
                hint="look whether Docker still runs; the next run, or `odoo-gate templates list`, removes the rest",
            ) from failures[0]
        self.say(f"clean-up is not complete, the next run will finish it: {text}")

    def _make_network(self) -> str:
        network = Network(docker_network_kw={"labels": self.labels.of_run("network")})
        network.name = f"odoo-gate-{self.id}"
        with engine_errors("making the private network"), interrupts_held():
            if not self.client.networks.list(names=[network.name]):
                network.create()
        return network.name

    def _require_image(self, reference: str) -> None:
        """Testcontainers would try to pull a missing image, under a name that may be a bare digest."""
        with engine_errors(f"looking for image {reference}"):
            try:
                self.client.images.get(reference)
            except ImageNotFound as error:
                raise StackError(
                    f"image {reference} is not here",
                    hint="`odoo-gate images pull` or `odoo-gate images build`",
                ) from error

    def _clean_up(self) -> list[GateError]:
        """Remove everything of this run; what could not be removed comes back as errors."""
        failures: list[GateError] = []
        for action in reversed(self._last_words):
            _attempt(action, failures)
        self._last_words.clear()
        _attempt(self._remove_containers, failures)
        _attempt(self._remove_networks, failures)
        _attempt(Reaper.delete_instance, failures)
        return failures

    def _remove_containers(self) -> None:
        with engine_errors(f"removing the containers of run {self.id}"):
            found = self.client.containers.list(all=True, filters={"label": self.labels.filter_of_run()})
            with ThreadPoolExecutor(_REMOVALS_AT_ONCE) as pool:
                list(pool.map(self._dispose, found))

    def _dispose(self, container: Container) -> None:
        try:
            save_log(container, self.log_path(container.labels[Labels.NAME]))
        finally:
            remove_container(container)

    def _remove_networks(self) -> None:
        with engine_errors(f"removing the network of run {self.id}"):
            for network in self.client.networks.list(filters={"label": self.labels.filter_of_run()}):
                remove_network(network)
        self._network = None

    def _leave(self) -> None:
        if self._client is not None:
            with contextlib.suppress(OSError):
                self._client.close()
        self._client = None
        self._signals.close()
        self._lock.release()


def _attempt(action: Callable[[], object], failures: list[GateError]) -> None:
    try:
        with engine_errors("cleaning up"):
            action()
    except GateError as failure:
        failures.append(failure)
    except OSError as failure:
        failures.append(StackError(f"a log could not be kept: {failure}", hint="free disk space"))
