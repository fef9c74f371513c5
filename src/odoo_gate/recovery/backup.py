"""Takes a backup of database and filestore that is consistent, complete and says so itself."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

import psycopg

from odoo_gate.errors import StackError
from odoo_gate.model import Say, silent
from odoo_gate.recovery.dumps import dumped
from odoo_gate.recovery.facts import read_facts
from odoo_gate.recovery.filestore import Files, FilesArchive, Filestores
from odoo_gate.recovery.manifest import Backup, DatabaseFacts, Manifest, Part, write_backup
from odoo_gate.recovery.streams import BLOCK, ByteStream, fetched, new_part
from odoo_gate.stack.postgres import Postgres

DumpMethod = Literal["odoo-zip", "pg-directory"]

Observe = Callable[[psycopg.Connection], None]
"""Looks at the database in the very snapshot that is backed up, before it is dumped: sequences know no snapshots, and
those in the dump may have counted further by then, never less far."""

_DEFLATE_LEVEL = 1
"""Files of a filestore are mostly compressed already."""


@dataclass(frozen=True)
class Source:
    """A database in service: its server, its name, and where its files are."""

    postgres: Postgres
    database: str
    filestores: Filestores


def take_backup(
    source: Source,
    folder: Path,
    method: DumpMethod,
    *,
    key: bytes | None = None,
    with_files: bool = True,
    observe: Observe | None = None,
    say: Say = silent,
) -> Backup:
    """Back `source` up into the empty `folder`, encrypted when there is a key.

    Database and manifest are of one snapshot, exported to pg_dump; the files follow (why: see `filestore.py`).
    `with_files` False leaves the filestore out, which the manifest shows. Raises StackError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # this machine's clock, just before: what was committed by then is in the snapshot
    taken = datetime.now(UTC)
    with _snapshot(source) as (connection, snapshot):
        if observe is not None:
            observe(connection)
        started = time.monotonic()
        version = str(connection.info.parameter_status("server_version"))
        facts = read_facts(connection, source.database)
        say(f"backing up {source.database}: {facts.rows:,} rows, {len(facts.attachments):,} files, as {method}")
        job = _Job(source, folder, snapshot, facts, version, key, with_files, connection.rollback)
        parts, files = _write_zip(job) if method == "odoo-zip" else _write_parts(job)
    manifest = Manifest(method, taken, time.monotonic() - started, version, parts, files, facts)
    return write_backup(folder, manifest)


@dataclass(frozen=True, slots=True)
class _Job:
    """One backup being written. `end_snapshot` once the dump is done: a snapshot held while files are copied would keep
    production from vacuuming."""

    source: Source
    folder: Path
    snapshot: str
    facts: DatabaseFacts
    version: str
    key: bytes | None
    with_files: bool
    end_snapshot: Callable[[], None]


@contextmanager
def _snapshot(source: Source) -> Iterator[tuple[psycopg.Connection, str]]:
    """A read-only transaction at REPEATABLE READ, and the name under which pg_dump can join its snapshot."""
    try:
        connection = psycopg.connect(source.postgres.dsn(source.database))
    except psycopg.Error as error:
        raise StackError(
            f"{source.database} cannot be backed up: {error}", hint="look whether its server runs"
        ) from error
    with connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        yield connection, str(row[0])


def _write_parts(job: _Job) -> tuple[tuple[Part, ...], Files]:
    """`pg_dump -Fd`, as one tar archive, and the files as another."""
    postgres, database = job.source.postgres, job.source.database
    with (
        dumped(postgres, database, job.snapshot, "directory") as path,
        new_part(job.folder, "database.tar", "database", job.key) as dump,
    ):
        for chunk in fetched(postgres.container, path):
            dump.sink.write(chunk)
    job.end_snapshot()
    if not job.with_files:
        return (dump.finished(),), {}
    with new_part(job.folder, "filestore.tar", "files", job.key) as files:
        archive = FilesArchive(files.sink)
        found = job.source.filestores.read(database, job.facts.attachments, archive.add)
        archive.close()
    return (dump.finished(), files.finished()), found


def _write_zip(job: _Job) -> tuple[tuple[Part, ...], Files]:
    """The zip that Odoo's database manager makes and reads: dump.sql, filestore/, manifest.json."""
    postgres, database = job.source.postgres, job.source.database
    found: Files = {}
    with new_part(job.folder, "odoo.zip", "whole", job.key) as part:
        archive = zipfile.ZipFile(cast(Any, part.sink), "w", zipfile.ZIP_DEFLATED, compresslevel=_DEFLATE_LEVEL)
        with archive:
            archive.writestr("manifest.json", json.dumps(_odoo_manifest(job), indent=4))
            with dumped(postgres, database, job.snapshot, "plain") as path:
                _add_dump(archive, postgres, path)
            job.end_snapshot()
            if job.with_files:
                found = job.source.filestores.read(database, job.facts.attachments, _into(archive))
    return (part.finished(),), found


def _add_dump(archive: zipfile.ZipFile, postgres: Postgres, path: str) -> None:
    stream = io.BufferedReader(ByteStream(fetched(postgres.container, path)), BLOCK)
    with tarfile.open(fileobj=stream, mode="r|") as tar, archive.open("dump.sql", "w", force_zip64=True) as member:
        for entry in tar:
            content = tar.extractfile(entry)
            assert content is not None
            shutil.copyfileobj(content, member, BLOCK)


def _into(archive: zipfile.ZipFile) -> Callable[[str, int, io.BufferedIOBase], None]:
    def add(name: str, _: int, content: io.BufferedIOBase) -> None:
        with archive.open(f"filestore/{name}", "w", force_zip64=True) as member:
            shutil.copyfileobj(content, member, BLOCK)

    return add


def _odoo_manifest(job: _Job) -> dict[str, object]:
    """As `odoo.service.db.dump_db_manifest` writes it."""
    series = job.facts.series
    return {
        "odoo_dump": "1",
        "db_name": job.source.database,
        "version": series,
        "version_info": [*map(int, series.split(".")), 0, "final", 0, ""],
        "major_version": series,
        "pg_version": job.version.split()[0],
        "modules": dict(job.facts.modules),
    }
