"""Puts a dump into the template store, by PostgreSQL's own client programs in a container beside the server."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO

from odoo_gate.stack.addresses import POSTGRES_PORT, PostgresAddress
from odoo_gate.stack.client import engine_errors
from odoo_gate.stack.container import RunningContainer
from odoo_gate.stack.odoo_server import FILES_MOUNT

SPOOL = "/var/tmp"
_BLOCK = 1 << 20
_END = 4096
"""Bytes from the end of a plain dump in which pg_dump says that it is complete."""
_TRAILER = "PostgreSQL database dump complete"
OTHER_DATABASES = "the dump speaks of other databases or roles"
"""What psql complains of when a plain dump leaves the database it is read into."""

_FILTER = rf"""
/^COPY .* FROM stdin;$/,/^\\\.$/b
/^ALTER [A-Z ]+ .* OWNER TO .*;$/d
/^(GRANT|REVOKE) .*;$/d
/^ALTER DEFAULT PRIVILEGES .*;$/d
s/^(\\connect|CREATE DATABASE|DROP DATABASE|CREATE ROLE|ALTER ROLE) .*/DO $$ BEGIN RAISE '{OTHER_DATABASES}'; END $$;/
"""
"""For sed: owners and grants name roles that exist only in production; rows of a COPY are left alone."""


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file on its way in: its path below the target folder, its size in bytes, how to read it."""

    path: str
    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True)
class DumpLoader:
    """A container with `psql` and `pg_restore`, on the network and the filestore volume of the store."""

    container: RunningContainer
    server: PostgresAddress

    def free_bytes(self) -> int:
        """What the disk under the store has left."""
        last = self.container.execute("df", "-Pk", SPOOL).splitlines()[-1]
        return int(last.split()[3]) * 1024

    def put_dump(self, file: IncomingFile) -> str:
        """Spool the dump into the container, streaming; returns its path there. Raises StackError."""
        with engine_errors("copying the dump into a container"):
            self.container.docker.put_archive(SPOOL, tar_of([file], owner=0))
        return f"{SPOOL}/{file.path}"

    def put_filestore(self, database: str, files: Iterable[IncomingFile], owner: int) -> None:
        """Make the filestore of `database` from `files`, owned by the user number `owner`. Raises StackError."""
        stream = tar_of(files, owner=owner, root=database)
        with engine_errors(f"copying the filestore of {database}"):
            self.container.docker.put_archive(f"{FILES_MOUNT}/filestore", stream)

    def is_whole(self, path: str, *, compressed: bool) -> bool:
        """Whether a plain dump ends with what pg_dump writes last: cut off between two statements, it restores."""
        read = f"gunzip -c {path} | tail -c {_END}" if compressed else f"tail -c {_END} {path}"
        end = self._shell(read)
        return f"-- {_TRAILER}" in end

    def restore_plain(self, database: str, path: str, *, compressed: bool) -> None:
        """Read a plain dump into the existing `database`; the first error ends it. Raises StackError."""
        read = f"gunzip -c {path}" if compressed else f"cat {path}"
        psql = f"psql -X -q -v ON_ERROR_STOP=1 -o /dev/null -d {database}"
        self.container.execute(
            *("bash", "-o", "pipefail", "-c", f'{read} | sed -E "$FILTER" | {psql}'),
            environment={**self._environment(), "FILTER": _FILTER},
        )

    def restore_custom(self, database: str, path: str) -> None:
        """Restore pg_dump's custom format into the existing `database`. Raises StackError."""
        options = ("--exit-on-error", "--no-owner", "--no-privileges", "--jobs=2", "-d", database)
        self.container.execute("pg_restore", *options, path, environment=self._environment())

    def close(self) -> None:
        """Remove the container, and the dump with it. Raises StackError."""
        with engine_errors("removing the container of a dump"):
            self.container.docker.remove(v=True, force=True)

    def _shell(self, script: str) -> str:
        return self.container.execute("bash", "-o", "pipefail", "-c", script, environment=self._environment())

    def _environment(self) -> dict[str, str]:
        return {
            "PGHOST": self.server.alias,
            "PGPORT": str(POSTGRES_PORT),
            "PGUSER": self.server.user,
            "PGPASSWORD": self.server.password,
            "LC_ALL": "C",
        }


def tar_of(files: Iterable[IncomingFile], *, owner: int, root: str = "") -> Iterator[bytes]:
    """A tar stream made on the way: a dump may be larger than what this machine could hold twice."""
    folders: set[str] = set()
    if root:
        yield from _folder(root, owner, folders)
    for file in files:
        path = f"{root}/{file.path}" if root else file.path
        yield from _folder(path.rpartition("/")[0], owner, folders)
        info = _entry(path, owner)
        info.size = file.size
        yield info.tobuf(tarfile.PAX_FORMAT)
        with file.open() as stream:
            yield from iter(lambda stream=stream: stream.read(_BLOCK), b"")  # type: ignore[misc]
        yield b"\0" * (-file.size % tarfile.BLOCKSIZE)
    yield b"\0" * (2 * tarfile.BLOCKSIZE)


def _folder(path: str, owner: int, known: set[str]) -> Iterator[bytes]:
    if not path or path in known:
        return
    yield from _folder(path.rpartition("/")[0], owner, known)
    known.add(path)
    info = _entry(path, owner)
    info.type = tarfile.DIRTYPE
    info.mode = 0o755
    yield info.tobuf(tarfile.PAX_FORMAT)


def _entry(path: str, owner: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path)
    info.mode, info.uid, info.gid = 0o644, owner, owner
    return info
