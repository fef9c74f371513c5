"""Restores a backup into a database and a filestore of its own, and reads back what is there then."""

from __future__ import annotations

import gzip
import io
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg

from odoo_gate.model import Say, silent
from odoo_gate.odoo.databases import Databases, database_errors
from odoo_gate.recovery.dumps import restore_archive, restore_plain
from odoo_gate.recovery.encryption import BackupError
from odoo_gate.recovery.facts import read_facts
from odoo_gate.recovery.filestore import FilesArchive, Filestores
from odoo_gate.recovery.manifest import Backup, DatabaseFacts, Part
from odoo_gate.recovery.streams import BLOCK, one_file_tar, read_part
from odoo_gate.stack.postgres import Postgres

_RESTORED = "restored"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Target:
    """Where a backup is restored to: a server, the name of a database that does not exist yet, the filestores.

    `extensions` are made first, as Odoo's manual says: a dump does not hold that `unaccent` is IMMUTABLE.
    """

    postgres: Postgres
    database: str
    filestores: Filestores
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore left, before any Odoo looked at it; times in seconds."""

    facts: DatabaseFacts
    database_seconds: float
    files_seconds: float


def restore_backup(backup: Backup, target: Target, *, key: bytes | None = None, say: Say = silent) -> Restored:
    """Restore every part of `backup` and read the result.

    Raises BackupError when the backup is to blame, StackError and TemplateError when the machine is.
    """
    started = time.monotonic()
    say(f"restoring {backup.manifest.method} of {backup.size / 1e6:,.0f} MB into {target.database}")
    with database_errors(f"making {target.database}"):
        Databases(target.postgres.address).create_empty(target.database, target.extensions)
    with _opened(backup, key) as content:
        content.restore_database(target)
        between = time.monotonic()
        content.restore_files(target)
    ended = time.monotonic()
    return Restored(restored_facts(target), between - started, ended - between)


def restored_facts(target: Target) -> DatabaseFacts:
    """What is in the restored database. Raises BackupError when it is not Odoo's."""
    try:
        with psycopg.connect(target.postgres.dsn(target.database)) as connection:
            return read_facts(connection, target.database)
    except psycopg.errors.UndefinedTable as error:
        raise BackupError(
            "not-odoo",
            f"what was restored is no Odoo database: {error.diag.message_primary}",
            hint="give a backup of the whole database, not of some of its tables",
        ) from error


def drop_restored(target: Target) -> None:
    """Remove database and filestore of a restore that is not needed any more."""
    with database_errors(f"dropping {target.database}"):
        Databases(target.postgres.address).drop(target.database)
    target.filestores.drop(target.database)


class _Content(Protocol):
    """What can be restored."""

    def restore_database(self, target: Target) -> None: ...

    def restore_files(self, target: Target) -> None: ...


@contextmanager
def _opened(backup: Backup, key: bytes | None) -> Iterator[_Content]:
    """The backup's content, as its method lays it out."""
    whole = backup.manifest.of_role("whole")
    if whole is None:
        yield _Parts(backup, key)
    elif not whole.encrypted:
        yield _Zip(backup.path(whole))
    else:
        with tempfile.NamedTemporaryFile(prefix="odoo-gate-") as plain:  # a zip is read from its end
            for chunk in read_part(backup, whole, key):
                plain.write(chunk)
            plain.flush()
            yield _Zip(Path(plain.name))


class _Parts:
    """A dump, and beside it an archive of the files."""

    def __init__(self, backup: Backup, key: bytes | None) -> None:
        self._backup = backup
        self._key = key

    def restore_database(self, target: Target) -> None:
        part = self._backup.manifest.of_role("database")
        if part is None:
            raise BackupError("no-database", "the backup holds no database", hint="take the backup again")
        method = self._backup.manifest.method
        if method == "pg-directory":
            source = self._backup.manifest.facts
            name = f"{source.database}.directory" if source else _RESTORED
            restore_archive(target.postgres, target.database, name, self._read(part))
            return
        size, chunks = self._sized(part)
        tar = one_file_tar(_RESTORED, size, chunks)
        restore = restore_archive if method == "pg-custom" else restore_plain
        restore(target.postgres, target.database, _RESTORED, tar)

    def restore_files(self, target: Target) -> None:
        part = self._backup.manifest.of_role("files")
        if part is None:
            target.filestores.make(target.database)
            return
        target.filestores.write(target.database, self._read(part))

    def _read(self, part: Part) -> Iterator[bytes]:
        return read_part(self._backup, part, self._key)

    def _sized(self, part: Part) -> tuple[int, Iterator[bytes]]:
        """The plain size of a dump file, which a tar archive must know first, and its content."""
        path = self._backup.path(part)
        with path.open("rb") as file:
            zipped = file.read(len(_GZIP)) == _GZIP
        if not zipped:
            return part.size, self._read(part)
        with gzip.open(path, "rb") as file:
            size = sum(len(block) for block in iter(lambda: file.read(BLOCK), b""))
        return size, _unzipped(path)


class _Zip:
    """Odoo's own zip."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def restore_database(self, target: Target) -> None:
        with self._archive() as archive:
            if "dump.sql" not in archive.namelist():
                raise BackupError(
                    "no-database", "the zip holds no dump.sql", hint="take the backup with Odoo's database manager"
                )
            size = archive.getinfo("dump.sql").file_size
            with archive.open("dump.sql") as dump:
                chunks = _intact("dump.sql", iter(lambda: dump.read(BLOCK), b""))
                restore_plain(target.postgres, target.database, "dump.sql", one_file_tar("dump.sql", size, chunks))

    def restore_files(self, target: Target) -> None:
        with self._archive() as archive, tempfile.TemporaryFile() as tar:
            files = FilesArchive(tar)
            for info in archive.infolist():
                name = info.filename.removeprefix("filestore/")
                if name != info.filename and name and not info.is_dir():
                    with _zip_errors(info.filename), archive.open(info) as member:
                        files.add(name, info.file_size, io.BufferedReader(member, BLOCK))  # type: ignore[type-var]
            files.close()
            tar.seek(0)
            target.filestores.write(target.database, iter(lambda: tar.read(BLOCK), b""))

    def _archive(self) -> zipfile.ZipFile:
        with _zip_errors(self._path.name):
            return zipfile.ZipFile(self._path)


@contextmanager
def _zip_errors(name: str) -> Iterator[None]:
    """Turns what zipfile raises inside the block into a BackupError."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, FileNotFoundError) as error:
        raise BackupError(
            "part-damaged",
            f"{name} of the backup is damaged: {error}",
            hint="take another copy of the backup, and look at the disk or the transport this one went through",
        ) from error


def _intact(name: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same chunks, a damaged zip member told in our words."""
    with _zip_errors(name):
        yield from chunks


def _unzipped(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rb") as file:
        yield from iter(lambda: file.read(BLOCK), b"")
