"""The template store's PostgreSQL: one per machine user and major version, shared by runs, gone when unused.

Who uses it is known by file locks, which the kernel releases when their holder dies:

* `<major>.start.lock` is held alone while somebody joins, starts, leaves or stops the server;
* `<major>.users.lock` is held together by every run that uses the server. Who leaves and can then hold it
  alone was the last one, and stops the server.

A run that is killed therefore drops out by itself; the server it may leave running is used, and in the end
stopped, by the next run. The container is made with docker-py: testcontainers would label it with its
session, and Ryuk would remove it together with the first of the runs that share it.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
from collections.abc import Iterable
from typing import Self

from docker.errors import NotFound
from docker.models.containers import Container

from odoo_gate.errors import StackError
from odoo_gate.stack.addresses import POSTGRES_PORT, PostgresAddress
from odoo_gate.stack.client import engine_errors
from odoo_gate.stack.container import RunningContainer, execute, save_log
from odoo_gate.stack.interrupts import interrupts_held
from odoo_gate.stack.locks import FileLock
from odoo_gate.stack.odoo_server import FILES_MOUNT
from odoo_gate.stack.postgres import (
    DATA_MOUNT,
    SERVER_OPTIONS,
    USER,
    PasswordRefused,
    Tuning,
    accepts_connections,
    server_command,
    server_environment,
    server_parameters,
)
from odoo_gate.stack.run import Run
from odoo_gate.stack.store_volumes import ALIAS, StoreVolumes, VolumeState
from odoo_gate.stack.sweep import remove_container

_FORMAT = 1
_START_TIMEOUT = 120.0
_STOP_TIMEOUT = 120
_WAIT_FOR_OTHERS = 900.0
_FILE_STORE = f"{FILES_MOUNT}/filestore"
_FILESTORE_NAME = re.compile(r"[a-z]_[0-9a-z_]{1,61}(\.partial)?")


class StoreServer:
    """The running server as one run sees it, from `join` to `leave`."""

    def __init__(self, run: Run, image: str, major: str) -> None:
        self.major = major
        self._run = run
        self._image = image
        self._folder = run.cache / "store"
        self._name = f"odoo-gate-store-{run.identity}-pg{major}"
        self._start_lock = FileLock(self._folder / f"pg{major}.start.lock")
        self._users = FileLock(self._folder / f"pg{major}.users.lock")
        self._joined_at = time.time()
        self._volumes = StoreVolumes(run, image, self._name, self._folder / f"pg{major}.json")
        self._container: Container | None = None
        self._address: PostgresAddress | None = None

    @property
    def data_volume(self) -> str:
        return self._volumes.data

    @property
    def files_volume(self) -> str:
        """The volume of all filestores; Odoo containers mount it at FILES_MOUNT."""
        return self._volumes.files

    @property
    def postgres(self) -> PostgresAddress:
        if self._address is None:
            raise RuntimeError("the store's server is used between join and leave")
        return self._address

    def join(self) -> Self:
        """Use the running server, or start it. Raises StackError."""
        deadline = time.monotonic() + _WAIT_FOR_OTHERS
        told = False
        while not self._try_to_join():
            if time.monotonic() > deadline:
                raise StackError(
                    f"{self._name} stays in use with another image or tuning",
                    hint="wait for the other run, or set ODOO_GATE_CACHE to a folder of this run's own",
                )
            if not told:
                self._run.say("waiting for a run that uses the template store with another PostgreSQL image")
                told = True
            time.sleep(1)
        self._connect()
        return self

    def leave(self) -> None:
        """Stop using it; the last run stops and removes the server. Raises StackError."""
        if not self._users.held:
            return
        try:
            with self._start_lock, engine_errors("leaving the template store"):
                self._save_log()
                self._users.release()
                if self._users.try_exclusive():
                    self._stop()
        finally:
            self._users.release()

    def is_running(self) -> bool:
        """Whether the container still runs."""
        with engine_errors("asking for the state of the template store"):
            found = self._find()
            return found is not None and found.status == "running"

    def filestores(self) -> set[str]:
        """The names of the databases that have a filestore, whether they exist or not."""
        return set(execute(self._running(), "ls", "-1", _FILE_STORE).split())

    def remove_filestores(self, databases: Iterable[str]) -> None:
        """Delete the filestores of databases that do not exist (any more)."""
        names = sorted(databases)
        for name in names:
            if not _FILESTORE_NAME.fullmatch(name):
                raise ValueError(f"{name!r} is not the name of a filestore in the store")
        if names:
            execute(self._running(), "rm", "-rf", "--", *(f"{_FILE_STORE}/{name}" for name in names))

    def _try_to_join(self) -> bool:
        """One attempt under the start lock; False while others use a server of another kind."""
        with self._start_lock, engine_errors("starting the template store"):
            alone = self._users.try_exclusive()
            container = self._find()
            fits = container is not None and container.labels.get("odoo-gate.config") == self._config()
            if container is not None and not fits and not alone:
                return False
            self._users.release()
            self._users.shared()
            self._run.before_removal(self.leave)
            if container is not None and fits and container.status == "running":
                self._container = container
                self._await_answer()
            else:
                self._replace(container)
            return True

    def _config(self) -> str:
        """A digest of everything the server is started from."""
        parts = (_FORMAT, self._image, self._command(), self.data_volume, self.files_volume)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def _command(self) -> tuple[str, ...]:
        memory = int(self._run.client.info()["MemTotal"])
        return server_command(server_parameters(Tuning.FAST, memory))

    def _replace(self, old: Container | None) -> None:
        if old is not None:
            self._remove(old)
        self._volumes.prepare()
        self._container = self._create()
        self._await_answer()
        self._make_writable()
        self._volumes.remember(VolumeState(ready=True, clean=False, boot=self._boot_id()))

    def _create(self) -> Container:
        address = self._run.address
        with interrupts_held():
            container: Container = self._run.client.containers.create(
                self._image,
                command=list(self._command()),
                name=self._name,
                hostname=ALIAS,
                environment=server_environment(Tuning.FAST, self._password()),
                ports={f"{POSTGRES_PORT}/tcp": (address,)},  # type: ignore[dict-item] # docker-py: any free port
                volumes={
                    self.data_volume: {"bind": DATA_MOUNT, "mode": "rw"},
                    self.files_volume: {"bind": FILES_MOUNT, "mode": "rw"},
                },
                labels=self._run.labels.of_store(ALIAS) | {"odoo-gate.config": self._config()},
                **SERVER_OPTIONS,  # type: ignore[arg-type] # docker-py's own option names
            )
            container.start()
        return container

    def _await_answer(self) -> None:
        running = self._handle()
        address = self._address_of(running)
        try:
            running.wait_until(
                lambda: accepts_connections(address), what="accepting connections", timeout=_START_TIMEOUT
            )
        except PasswordRefused:
            self._reset_password(address.password)
        self._address = address

    def _reset_password(self, password: str) -> None:
        """The password file was lost or replaced; inside the container the socket asks for none."""
        statement = f"ALTER ROLE {USER} PASSWORD '{password}'"  # URL-safe characters only
        execute(self._running(), "psql", "-U", USER, "-d", "postgres", "-c", statement, user="postgres")

    def _make_writable(self) -> None:
        """Odoo's user has another number in every image; each may add files and remove its own."""
        folders = (FILES_MOUNT, *(f"{FILES_MOUNT}/{name}" for name in ("filestore", "sessions", "addons")))
        execute(self._running(), "install", "-d", "-m", "1777", *folders, user="root")

    def _boot_id(self) -> str:
        return execute(self._running(), "cat", "/proc/sys/kernel/random/boot_id").strip()

    def _stop(self) -> None:
        container = self._find()
        if container is not None:
            self._remove(container)

    def _remove(self, container: Container) -> None:
        """Shut down in order if it serves, remember whether that worked, and remove it.

        A server that is still starting is killed: the image's entry point, a shell, does not pass signals on.
        """
        with interrupts_held():
            if container.status == "running" and self._serves(container):
                container.stop(timeout=_STOP_TIMEOUT)
                container.reload()
                if container.attrs["State"]["ExitCode"] == 0:
                    state = self._volumes.state()
                    self._volumes.remember(VolumeState(ready=state.ready, clean=True, boot=state.boot))
            remove_container(container)

    def _serves(self, container: Container) -> bool:
        handle = RunningContainer(ALIAS, container, self._run.address, self._run.log_path("store-postgres"))
        try:
            return accepts_connections(self._address_of(handle))
        except PasswordRefused:
            return True
        except StackError:  # it has died, or publishes nothing yet
            return False

    def _address_of(self, server: RunningContainer) -> PostgresAddress:
        host, port = server.address(POSTGRES_PORT)
        return PostgresAddress(host=host, port=port, user=USER, password=self._password(), alias=ALIAS)

    def _find(self) -> Container | None:
        try:
            return self._run.client.containers.get(self._name)
        except NotFound:
            return None

    def _running(self) -> Container:
        if self._container is None:
            raise RuntimeError("the store's server is used between join and leave")
        return self._container

    def _handle(self) -> RunningContainer:
        log = self._run.log_path("store-postgres")
        return RunningContainer(ALIAS, self._running(), self._run.address, log)

    def _connect(self) -> None:
        with engine_errors("connecting the template store to the run's network"):
            network = self._run.client.networks.get(self._run.network)
            network.connect(self._running(), aliases=[ALIAS])

    def _save_log(self) -> None:
        container = self._find()
        if container is not None:
            save_log(container, self._run.log_path("store-postgres"), since=self._joined_at)

    def _password(self) -> str:
        path = self._folder / f"pg{self.major}.password"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(24), encoding="ascii")
        return path.read_text(encoding="ascii").strip()


def postgres_major(run: Run, image: str) -> str:
    """The major version of a PostgreSQL image, such as `17`. Raises StackError."""
    with engine_errors(f"inspecting {image}"):
        environment = run.client.images.get(image).attrs["Config"]["Env"] or []
    for entry in environment:
        key, _, value = entry.partition("=")
        if key == "PG_MAJOR" and value:
            return str(value)
    raise StackError(
        f"image {image} does not say which PostgreSQL it is (PG_MAJOR is not set)",
        hint="name an image with the official one's variables in stack.postgres_image",
    )
