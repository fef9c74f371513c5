"""Bytes on their way between containers and the files of a backup: nothing is ever held whole in memory."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from odoo_gate.errors import StackError
from odoo_gate.recovery.encryption import BackupError, EncryptingSink, decrypted
from odoo_gate.recovery.manifest import Backup, Part, Role
from odoo_gate.stack.client import engine_errors
from odoo_gate.stack.container import RunningContainer

BLOCK = 1 << 20
_TAR_BLOCK = 512
_ENCRYPTED_SUFFIX = ".aes"


class ByteStream(io.RawIOBase):
    """A readable file over an iterable of byte strings."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        while not self._rest:
            following = next(self._chunks, None)
            if following is None:
                return 0
            self._rest = following
        count = min(len(view), len(self._rest))
        view[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class PartWriter:
    """Writes one part into a backup's folder; digest and size are of what lies on disk."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes, /) -> int:
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        self._file.flush()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


@dataclass
class OpenPart:
    """A part being written: `sink` takes its plain content, `part` is there once the block has ended."""

    sink: PartWriter | EncryptingSink
    part: Part | None = None

    def finished(self) -> Part:
        if self.part is None:
            raise RuntimeError("a part is whole when its block has ended")
        return self.part


@contextmanager
def new_part(folder: Path, name: str, role: Role, key: bytes | None) -> Iterator[OpenPart]:
    """A new part of the backup in `folder`, encrypted when there is a key. Raises StackError when the disk is full."""
    stored = name + (_ENCRYPTED_SUFFIX if key else "")
    try:
        with (folder / stored).open("wb") as file:
            writer = PartWriter(file)
            sink = EncryptingSink(writer, key) if key else writer
            opened = OpenPart(sink)
            yield opened
            if isinstance(sink, EncryptingSink):
                sink.close()
            file.flush()
    except OSError as error:
        raise StackError(f"{folder / stored} cannot be written: {error}", hint="look at free disk space") from error
    opened.part = Part(stored, role, writer.size, writer.sha256, key is not None)


def read_part(backup: Backup, part: Part, key: bytes | None) -> Iterator[bytes]:
    """The plain content of a part. Raises BackupError when it is missing, damaged, or the key is another's."""
    path = backup.path(part)
    try:
        with path.open("rb") as file:
            if part.encrypted:
                yield from decrypted(file, key, part.name)
            else:
                yield from iter(lambda: file.read(BLOCK), b"")
    except OSError as error:
        raise BackupError(
            "part-missing", f"{part.name} cannot be read: {error.strerror}", hint="copy the backup here again, whole"
        ) from error


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetched(container: RunningContainer, path: str) -> Iterator[bytes]:
    """A tar archive of a file or folder of a container, as it comes. Raises StackError."""
    with engine_errors(f"reading {path} of {container.name}"):
        chunks, _ = container.docker.get_archive(path)
        yield from chunks


def send(container: RunningContainer, folder: str, tar: Iterable[bytes]) -> None:
    """Unpack a tar archive below an existing folder of a container, running or not. Raises StackError."""
    with engine_errors(f"writing to {folder} of {container.name}"):
        done = container.docker.put_archive(folder, tar)
    if not done:
        raise StackError(
            f"{container.name} did not take files below {folder}", hint=f"look at free space, and at {container.log}"
        )


def one_file_tar(name: str, size: int, chunks: Iterable[bytes], *, mode: int = 0o644) -> Iterator[bytes]:
    """A tar archive of one file whose `size` in bytes is known beforehand."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, mode
    yield info.tobuf(tarfile.PAX_FORMAT)
    yield from chunks
    yield b"\0" * (-size % _TAR_BLOCK + 2 * _TAR_BLOCK)
