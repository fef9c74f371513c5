"""What an Odoo dump is: its format, its manifest, its files, and what can be told to be wrong before it is restored."""

from __future__ import annotations

import contextlib
import functools
import gzip
import hashlib
import json
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from odoo_gate.errors import UsageError
from odoo_gate.model import Say, silent
from odoo_gate.stack.dump_loader import IncomingFile

Format = Literal["zip", "custom", "plain", "plain.gz"]

_STORED = re.compile(r"[0-9a-f]{2}/[0-9a-f]{40}")
_STORED_AT_END = re.compile(r"^(?!(?:.*/)?checklist/)(?:.*/)?([0-9a-f]{2}/[0-9a-f]{40})$")
"""A file of a filestore wherever that lies; not Odoo's notes of the same name on which files to look at."""

_BLOCK = 1 << 20
_SQL, _MANIFEST, _FILESTORE = "dump.sql", "manifest.json", "filestore/"
_AGAIN = "copy it again from where it was made, or make it again and compare the sizes"


class DumpError(UsageError):
    """A dump that cannot be used, and why."""


@dataclass(frozen=True)
class Dump:
    """A dump on this machine's disk.

    `digest` is the sha256 (hex) of everything that is restored of it. `manifest` is what Odoo's zip says of
    itself, empty for other formats. `files` are the filestore's, by the path `ir_attachment.store_fname` has;
    None when no filestore is at hand.
    """

    path: Path
    format: Format
    digest: str
    manifest: Mapping[str, Any]
    files: tuple[IncomingFile, ...] | None
    sql: IncomingFile

    @property
    def files_bytes(self) -> int:
        return sum(file.size for file in self.files or ())

    @property
    def needed_bytes(self) -> int:
        """Disk that restoring it takes at least: the spooled dump, the database, the files."""
        growth = {"zip": 1.0, "plain": 1.0, "plain.gz": 5.0, "custom": 4.0}[self.format]
        return int(self.sql.size * (1 + growth)) + self.files_bytes


def open_dump(path: Path, filestore: Path | None = None, say: Say = silent) -> Dump:
    """Look at the dump in `path`; `filestore` is a folder or tar beside it. Raises DumpError."""
    if not path.is_file():
        raise DumpError(f"{path} is not a file", hint="name a zip of Odoo, or a dump of pg_dump (custom or plain)")
    say(f"reading {path.name} ({path.stat().st_size / 1e6:,.0f} MB)")
    form = _format(path)
    beside = _files_beside(filestore) if filestore else None
    digest = hashlib.sha256(f"{form}\n{_sha256(path)}\n".encode())
    if filestore and beside is not None:
        content = _sha256(filestore) if filestore.is_file() else ""
        digest.update(json.dumps([content, sorted((file.path, file.size) for file in beside)]).encode())
    if form == "zip":
        return _zip_dump(path, digest.hexdigest(), beside)
    name = "dump.sql.gz" if form == "plain.gz" else "dump.sql" if form == "plain" else "dump.pg"
    sql = IncomingFile(name, path.stat().st_size, _opener(path))
    return Dump(path, form, digest.hexdigest(), {}, beside, sql)


def _format(path: Path) -> Format:
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK"):
        return "zip"
    if head.startswith(b"PGDMP"):
        return "custom"
    if head.startswith(b"\x1f\x8b"):
        return "plain.gz"
    if b"PostgreSQL database dump" in head:
        return "plain"
    if not head:
        raise DumpError(f"{path} is empty", hint=_AGAIN)
    raise DumpError(
        f"{path} is no dump: neither a zip, nor pg_dump's custom format, nor SQL that pg_dump wrote",
        hint="make one with Odoo's database manager, or: pg_dump -Fc --no-owner -f FILE DATABASE",
    )


def _zip_dump(path: Path, digest: str, beside: tuple[IncomingFile, ...] | None) -> Dump:
    with _zip_errors(path), zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        _refuse_hostile(path, [(entry.filename, _is_plain(entry)) for entry in entries])
        by_name = {entry.filename: entry for entry in entries}
        if len(by_name) != len(entries):
            raise DumpError(f"{path} holds two files of one name", hint="make the dump again; do not edit the zip")
        manifest = _manifest(path, archive, by_name)
    if _SQL not in by_name:
        raise DumpError(
            f"{path} is not a dump of Odoo: it holds no {_SQL}",
            hint="use a zip of Odoo's database manager, with the filestore",
        )
    opener = _ZipFiles(path).opener
    inside = tuple(
        IncomingFile(name.removeprefix(_FILESTORE), entry.file_size, opener(name))
        for name, entry in by_name.items()
        if name.startswith(_FILESTORE) and _STORED.fullmatch(name.removeprefix(_FILESTORE))
    )
    has_files = any(name.startswith(_FILESTORE) for name in by_name)
    sql = IncomingFile("dump.sql", by_name[_SQL].file_size, opener(_SQL))
    files = beside if beside is not None else inside if has_files else None
    return Dump(path, "zip", digest, manifest, files, sql)


def _manifest(path: Path, archive: zipfile.ZipFile, by_name: Mapping[str, zipfile.ZipInfo]) -> Mapping[str, Any]:
    if _MANIFEST not in by_name:
        return {}
    try:
        manifest = json.loads(archive.read(_MANIFEST))
    except ValueError as error:
        raise DumpError(f"{_MANIFEST} in {path} is not JSON: {error}", hint=_AGAIN) from error
    return manifest if isinstance(manifest, dict) else {}


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    """A file or folder: no link, no device. Archives of other systems carry no mode at all."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return kind in (0, stat.S_IFREG, stat.S_IFDIR)


def _refuse_hostile(path: Path, members: list[tuple[str, bool]]) -> None:
    for name, is_plain in members:
        parts = name.replace("\\", "/").split("/")
        if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
            raise DumpError(
                f"{path} holds {name!r}, which would be written outside of it",
                hint="do not use this archive: nothing that makes dumps writes such names",
            )
        if not is_plain:
            raise DumpError(
                f"{path} holds {name!r}, a link or device",
                hint="pack the filestore's files themselves (tar -h, zip without -y)",
            )


def _files_beside(filestore: Path) -> tuple[IncomingFile, ...]:
    if filestore.is_dir():
        return _folder_files(filestore)
    if not filestore.is_file():
        raise DumpError(
            f"{filestore} is neither a folder nor a file", hint="name the filestore's folder, or a tar of it"
        )
    return _tar_files(filestore)


def _folder_files(folder: Path) -> tuple[IncomingFile, ...]:
    """Every attachment file below `folder`: the filestore itself, or a folder that holds it."""
    found: dict[str, IncomingFile] = {}
    for path in sorted(folder.rglob("*")):
        stored = _STORED_AT_END.match(path.relative_to(folder).as_posix())
        if stored is None:
            continue
        if path.is_symlink() or not path.is_file():
            raise DumpError(f"{path} is not a regular file", hint="copy the filestore with its files (cp -L)")
        _add(found, stored[1], IncomingFile(stored[1], path.stat().st_size, _opener(path)), folder)
    return tuple(found.values())


def _tar_files(path: Path) -> tuple[IncomingFile, ...]:
    found: dict[str, IncomingFile] = {}
    opener = _TarFiles(path).opener
    with _tar_errors(path), tarfile.open(path) as archive:
        members = archive.getmembers()
    _refuse_hostile(path, [(member.name, member.isfile() or member.isdir()) for member in members])
    for member in members:
        stored = _STORED_AT_END.match(member.name)
        if stored is not None and member.isfile():
            _add(found, stored[1], IncomingFile(stored[1], member.size, opener(member)), path)
    return tuple(found.values())


def _add(found: dict[str, IncomingFile], name: str, file: IncomingFile, origin: Path) -> None:
    if name in found:
        raise DumpError(f"{origin} holds {name} twice", hint="name the filestore of one database only")
    found[name] = file


def _opener(path: Path) -> Callable[[], contextlib.AbstractContextManager[IO[bytes]]]:
    return lambda: path.open("rb")


class _ZipFiles:
    """The members of one zip, its directory read once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @functools.cached_property
    def _archive(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(self._path)

    def opener(self, name: str) -> Callable[[], contextlib.AbstractContextManager[IO[bytes]]]:
        @contextmanager
        def opened() -> Iterator[IO[bytes]]:
            with _zip_errors(self._path), self._archive.open(name) as stream:
                yield stream

        return opened


class _TarFiles:
    """The members of one tar, compressed or not, in their order."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @functools.cached_property
    def _archive(self) -> tarfile.TarFile:
        return tarfile.open(self._path)

    def opener(self, member: tarfile.TarInfo) -> Callable[[], contextlib.AbstractContextManager[IO[bytes]]]:
        @contextmanager
        def opened() -> Iterator[IO[bytes]]:
            with _tar_errors(self._path):
                stream = self._archive.extractfile(member)
                if stream is None:
                    raise DumpError(f"{member.name} in {self._path} is no file", hint=_AGAIN)
                with stream:
                    yield stream

        return opened


@contextmanager
def _tar_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error) as error:
        raise DumpError(f"{path} is not a whole tar: {error}", hint=_AGAIN) from error


@contextmanager
def _zip_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DumpError(f"{path} is not a whole zip: {error}", hint=_AGAIN) from error


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(_BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()
