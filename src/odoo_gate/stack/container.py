"""One container of a run: what it is made from, and the handle on it once it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import docker
from docker.errors import NotFound
from docker.models.containers import Container
from testcontainers.core.container import DockerContainer

from odoo_gate.errors import StackError
from odoo_gate.stack.archive import NOTHING, Upload, tar_stream
from odoo_gate.stack.cgroup import cpu_seconds
from odoo_gate.stack.client import engine_errors
from odoo_gate.stack.interrupts import interrupts_held

_LOG_TAIL = 25
_LIFE_SIGN_INTERVAL = 0.5
_PROBE_INTERVAL = 0.05
_NANOSECONDS = 1e9


@dataclass(frozen=True)
class ContainerSpec:
    """What to start: `name` is its name in the run, its host name in the private network and its log's name.

    `ports` are container ports, each published on the one address the engine is reached at: on a free port, or on
    the one `fixed_ports` gives for it.
    `volumes` maps volume names to mount points, `tmpfs` mount points to mount options (`size=160m`); `options` are
    further arguments of docker-py's `create`.
    """

    name: str
    image: str
    command: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    fixed_ports: Mapping[int, int] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)
    tmpfs: Mapping[str, str] = field(default_factory=dict)
    upload: Upload = NOTHING
    options: Mapping[str, Any] = field(default_factory=dict)


class GateContainer(DockerContainer):
    """A testcontainers container whose files arrive between creation and start."""

    def __init__(self, spec: ContainerSpec, docker_name: str, address: str) -> None:
        super().__init__(spec.image, name=docker_name)
        self.image = spec.image  # a prefix for images of a hub must not be put before a digest
        self._upload = spec.upload
        for key, value in spec.environment.items():
            self.with_env(key, value)
        for volume, mount_point in spec.volumes.items():
            self.with_volume_mapping(volume, mount_point, "rw")
        for mount_point, mount_options in spec.tmpfs.items():
            self.with_tmpfs_mount(mount_point, mount_options)
        if spec.command is not None:
            self.with_command(list(spec.command))
        if spec.upload.files:
            self.with_copy_into_container(b"", "")
        # docker-py also takes (address, None): any free port of that address; testcontainers types only numbers
        bindings = {f"{port}/tcp": (address, spec.fixed_ports.get(port)) for port in spec.ports}
        self.ports.update(bindings)  # type: ignore[arg-type]

    def discard(self) -> None:
        """Remove it if it was created at all, started or not."""
        if self._container is not None:
            self._container.remove(force=True, v=True)

    def _transfer_into_container(self, *_: object) -> None:
        with tar_stream(self._upload) as stream:
            self.get_wrapped_container().put_archive("/", stream)


class RunningContainer:
    """A started container of a run."""

    def __init__(self, name: str, container: Container, address: str, log: Path) -> None:
        self.name = name
        self.log = log
        self._container = container
        self._address = address

    @property
    def docker_name(self) -> str:
        """The name `docker logs` and `docker exec` know it by."""
        return str(self._container.name)

    @property
    def docker(self) -> Container:
        """docker-py's own handle, for what must pause, kill or restart the container."""
        return self._container

    def address(self, port: int) -> tuple[str, int]:
        """Where container port `port` is published: (host, port) from this machine. Raises StackError."""
        with engine_errors(f"asking for the port of {self.name}"):
            self._container.reload()
            bindings = self._container.ports.get(f"{port}/tcp")
        if not bindings:
            raise StackError(f"{self.name} publishes no port {port}:\n{self.tail()}", hint=f"read its log: {self.log}")
        return self._address, int(bindings[0]["HostPort"])

    def is_running(self) -> bool:
        with engine_errors(f"asking for the state of {self.name}"):
            try:
                self._container.reload()
            except NotFound:
                return False
            return bool(self._container.status == "running")

    def used(self) -> tuple[float, int]:
        """CPU seconds since it was started, and bytes of memory now. Raises StackError."""
        with engine_errors(f"measuring {self.name}"):
            stats = cast(dict[str, Any], self.docker.stats(stream=False, one_shot=True))
        seconds = stats["cpu_stats"]["cpu_usage"]["total_usage"] / _NANOSECONDS
        return float(seconds), int(stats.get("memory_stats", {}).get("usage", 0))

    def cpu_seconds(self) -> float:
        """CPU seconds since it was started. Raises StackError."""
        with engine_errors(f"measuring {self.name}"):
            self._container.reload()
            pid = int(self._container.attrs["State"]["Pid"])
        counted = cpu_seconds(str(self._container.id), pid)
        return self.used()[0] if counted is None else counted

    def tail(self) -> str:
        """The last lines it printed."""
        return last_lines(self._container)

    def execute(self, *argv: str, user: str = "", environment: Mapping[str, str] | None = None) -> str:
        """What `argv` prints when run inside. Raises StackError when it ends non-zero."""
        return execute(self._container, *argv, user=user, environment=environment)

    def wait_until(self, ready: Callable[[], bool], *, what: str, timeout: float) -> None:
        """Wait until `ready()`; `timeout` in seconds.

        Raises StackError, with the end of its log, as soon as the container dies or when time is up.
        """
        deadline = time.monotonic() + timeout
        next_life_sign = time.monotonic() + _LIFE_SIGN_INTERVAL
        while not ready():
            now = time.monotonic()
            if now >= next_life_sign:
                next_life_sign = now + _LIFE_SIGN_INTERVAL
                if not self.is_running():
                    raise StackError(
                        f"{self.name} ended before {what}:\n{self.tail()}", hint=f"read its log: {self.log}"
                    )
            if now >= deadline:
                raise StackError(
                    f"{self.name}: {what} took more than {timeout:g} s:\n{self.tail()}",
                    hint=f"read its log: {self.log}",
                )
            time.sleep(_PROBE_INTERVAL)


@dataclass(frozen=True, slots=True)
class Printed:
    """What a throw-away container printed, and the exit status it ended with."""

    status: int
    stdout: str
    stderr: str


def printed_by(client: docker.DockerClient, image: str, command: Sequence[str], **options: Any) -> Printed:
    """Run `command` in a container that is gone afterwards, with its anonymous volumes.

    `options` are further arguments of docker-py's `create`. The log is read after the end: followed while it grows,
    the engine may cut a long one short.
    """
    container: Container | None = None
    try:
        with interrupts_held():
            container = client.containers.create(image, list(command[1:]), entrypoint=list(command[:1]), **options)
        container.start()
        status = int(container.wait()["StatusCode"])
        stdout, stderr = container.logs(stderr=False), container.logs(stdout=False)
    finally:
        if container is not None:
            with interrupts_held():
                container.remove(v=True, force=True)
    return Printed(status, stdout.decode(errors="replace"), stderr.decode(errors="replace"))


def execute(container: Container, *argv: str, user: str = "", environment: Mapping[str, str] | None = None) -> str:
    """What `argv` prints when run in `container`. Raises StackError when it ends non-zero."""
    with engine_errors(f"{argv[0]} in {container.name}"):
        status, output = container.exec_run(list(argv), user=user, environment=dict(environment or {}))
    text = output.decode(errors="replace") if isinstance(output, bytes) else ""
    if status != 0:
        raise StackError(
            f"{argv[0]} in {container.name} ended with status {status}: {text.strip()}",
            hint=f"run it by hand: docker exec {container.name} {' '.join(argv)}",
        )
    return text


def last_lines(container: Container) -> str:
    """The end of a container's log, indented; says so when there is none."""
    with engine_errors(f"reading the log of {container.name}"):
        text = container.logs(tail=_LOG_TAIL).decode(errors="replace").rstrip()
    return "\n".join(f"  | {line}" for line in text.splitlines()) or "  | (it printed nothing)"


def save_log(container: Container, path: Path, *, since: float | None = None) -> None:
    """Append what the container printed (since the POSIX time `since`) to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        for chunk in container.logs(stream=True, follow=False, timestamps=False, since=since):
            file.write(chunk)
