"""The filestore of a database, streamed out of and into the volume that the run's Odoo containers share.

Order makes a backup consistent: the database first, in one snapshot, then the files. Odoo gives a file the digest of
its content for a name, never changes one in place, and writes it before the transaction that names it commits. Only
its garbage collector (`ir.attachment._gc_file_store`, a daily cron) ever removes one, and only when no row names it.
So a file named by a row of the snapshot was there when the snapshot was taken, and still is a moment later, unless its
row was deleted *and* the collector ran in between: then the backup says that it is missing. The other order, Odoo's
own, loses every attachment that is added while the files are copied.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from odoo_gate.errors import StackError
from odoo_gate.recovery.encryption import Sink
from odoo_gate.recovery.streams import BLOCK, ByteStream, fetched, send
from odoo_gate.stack.container import RunningContainer
from odoo_gate.stack.odoo_server import FILES_MOUNT

Files = Mapping[str, tuple[int, str]]
"""`store_fname` → (bytes, sha1)."""

_FILESTORES = f"{FILES_MOUNT}/filestore"
_FOLDER_MODE = 0o777
"""Odoo's user has another number in every image, and must be able to add files."""
_FILE_MODE = 0o644


@dataclass(frozen=True)
class Filestores:
    """All filestores of the run, through a container that has their volume."""

    container: RunningContainer

    def read(self, database: str, wanted: Iterable[str], keep: Callable[[str, int, io.BufferedIOBase], None]) -> Files:
        """Give every wanted file that is there to `keep(name, size, content)`; returns size and sha1 of each.

        Raises StackError.
        """
        names = frozenset(wanted)
        found: dict[str, tuple[int, str]] = {}
        if not names or not self.exists(database):
            return found
        stream = io.BufferedReader(ByteStream(fetched(self.container, f"{_FILESTORES}/{database}")), BLOCK)
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                name = member.name.partition("/")[2]
                content = archive.extractfile(member) if name in names and member.isfile() else None
                if content is None:
                    continue
                digesting = _Digesting(content)
                keep(name, member.size, io.BufferedReader(digesting, BLOCK))
                found[name] = (member.size, digesting.sha1)
        return found

    def exists(self, database: str) -> bool:
        listed = self.container.execute("find", _FILESTORES, "-maxdepth", "1", "-name", database)
        return bool(listed.strip())

    def write(self, database: str, tar: Iterable[bytes]) -> None:
        """Make the filestore of `database` from an archive that names files as `store_fname` does.

        Raises StackError.
        """
        folder = self.make(database)
        send(self.container, folder, tar)

    def make(self, database: str) -> str:
        """An empty filestore; returns its folder. Raises StackError when there is one."""
        if self.exists(database):
            raise StackError(f"{database} has a filestore already", hint="restore into a database of a new name")
        folder = f"{_FILESTORES}/{database}"
        self.container.execute("install", "-d", "-m", f"{_FOLDER_MODE:o}", folder, user="root")
        return folder

    def drop(self, database: str) -> None:
        self.container.execute("rm", "-rf", "--", f"{_FILESTORES}/{database}", user="root")


class FilesArchive:
    """Writes files as the tar archive that `Filestores.write` takes."""

    def __init__(self, sink: Sink) -> None:
        self._tar = tarfile.open(fileobj=_Writable(sink), mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._folders: set[str] = set()

    def add(self, name: str, size: int, content: io.BufferedIOBase) -> None:
        folder = name.rpartition("/")[0]
        if folder and folder not in self._folders:
            self._folders.add(folder)
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, _FOLDER_MODE
            self._tar.addfile(info)
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, _FILE_MODE
        self._tar.addfile(info, content)

    def close(self) -> None:
        self._tar.close()


class _Digesting(io.RawIOBase):
    """Digests what is read through it."""

    def __init__(self, source: io.BufferedIOBase | object) -> None:
        self._source = source
        self._digest = hashlib.sha1(usedforsecurity=False)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        data: bytes = self._source.read(len(buffer))  # type: ignore[union-attr, arg-type]
        buffer[: len(data)] = data  # type: ignore[index]
        self._digest.update(data)
        return len(data)

    @property
    def sha1(self) -> str:
        return self._digest.hexdigest()


class _Writable(io.RawIOBase):
    """What tarfile needs of a file, over a sink."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        content = bytes(data)  # type: ignore[call-overload]
        self._sink.write(content)
        return len(content)
