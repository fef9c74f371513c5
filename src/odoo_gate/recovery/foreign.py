"""A backup that somebody else's tools made: found out what it is, and laid out like one of ours."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from odoo_gate.errors import UsageError
from odoo_gate.recovery.filestore import FilesArchive
from odoo_gate.recovery.manifest import MANIFEST, Backup, Manifest, Method, Part, read_backup
from odoo_gate.recovery.streams import sha256_of

_KINDS = "give an Odoo zip, a dump of pg_dump (-Fc, -Fd or plain, also .gz), or a folder that odoo-gate backed up into"
_CUSTOM = b"PGDMP"
_GZIP = b"\x1f\x8b"
_STORED_PARTS = 2


def open_backup(path: Path, filestore: Path | None, work: Path) -> Backup:
    """The backup in `path`, with `filestore` (a folder, tar or zip of files) beside it when given.

    `work` is a folder for what has to be packed first. Raises UsageError when it is none of the known kinds.
    """
    if path.is_dir() and (path / MANIFEST).is_file():
        return read_backup(path)
    if not path.exists():
        raise UsageError(f"there is no {path}", hint=_KINDS)
    method = _method(path)
    parts = [_dump_part(path, method, work)]
    if filestore is not None:
        parts.append(_files_part(filestore, work))
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Backup(work, Manifest(method, changed, 0.0, "", tuple(parts), {}, None))


def _method(path: Path) -> Method:
    if path.is_dir():
        if (path / "toc.dat").is_file():
            return "pg-directory"
        raise UsageError(f"{path} is neither a pg_dump directory nor a backup of odoo-gate", hint=_KINDS)
    if zipfile.is_zipfile(path):
        return "odoo-zip"
    with path.open("rb") as file:
        head = file.read(len(_CUSTOM))
    if head == _CUSTOM:
        return "pg-custom"
    if head.startswith(_GZIP):
        with gzip.open(path, "rb") as unzipped:
            text = unzipped.read(4096)
    else:
        with path.open("rb") as file:
            text = file.read(4096)
    if b"PostgreSQL database dump" in text:
        return "pg-plain"
    if path.suffix == ".zip":
        raise UsageError(f"{path} is damaged: a zip is cut off when its end cannot be read", hint="copy it here again")
    raise UsageError(f"{path} is not a dump of a database", hint=_KINDS)


def _dump_part(path: Path, method: Method, work: Path) -> Part:
    if method == "odoo-zip":
        return _part(path, "whole")
    if method != "pg-directory":
        return _part(path, "database")
    packed = work / "database.tar"
    with tarfile.open(packed, "w") as archive:
        archive.add(path, arcname="restored")
    return _part(packed, "database")


def _part(path: Path, role: str) -> Part:
    """Named by its absolute path: a foreign backup stays where it is."""
    resolved = path.resolve()
    return Part(str(resolved), role, resolved.stat().st_size, sha256_of(resolved))  # type: ignore[arg-type]


def _files_part(filestore: Path, work: Path) -> Part:
    """Any packing of a filestore, as the archive that a restore takes: names are `ab/abcdef...`."""
    packed = work / "filestore.tar"
    with packed.open("wb") as sink:
        archive = FilesArchive(sink)
        count = _add_files(filestore, archive)
        archive.close()
    if not count:
        raise UsageError(
            f"{filestore} holds no files of a filestore (names like ab/ab12...)",
            hint="give the folder `filestore/<database>` of Odoo's data_dir, or an archive of it",
        )
    return _part(packed, "files")


def _add_files(filestore: Path, archive: FilesArchive) -> int:
    count = 0
    if filestore.is_dir():
        for path in sorted(filestore.rglob("*")):
            name = _stored_name(path.relative_to(filestore).as_posix())
            if name and path.is_file():
                with path.open("rb") as file:
                    archive.add(name, path.stat().st_size, file)
                count += 1
        return count
    if zipfile.is_zipfile(filestore):
        with zipfile.ZipFile(filestore) as zipped:
            for info in zipped.infolist():
                name = _stored_name(info.filename)
                if name and not info.is_dir():
                    with zipped.open(info) as member:
                        archive.add(name, info.file_size, io.BufferedReader(member))  # type: ignore[type-var]
                    count += 1
        return count
    try:
        with tarfile.open(filestore) as tar:
            for entry in tar:
                name = _stored_name(entry.name)
                content = tar.extractfile(entry) if name and entry.isfile() else None
                if content is not None:
                    archive.add(name, entry.size, io.BufferedReader(content))  # type: ignore[type-var]
                    count += 1
    except (tarfile.TarError, OSError) as error:
        raise UsageError(
            f"{filestore} is neither a folder nor a readable archive: {error}", hint="give a folder, tar or zip"
        ) from error
    return count


def _stored_name(path: str) -> str:
    """`ab/abcdef...` from a path that may have folders before it; empty for everything else."""
    parts = path.split("/")[-_STORED_PARTS:]
    if len(parts) == _STORED_PARTS and len(parts[0]) == 2 and parts[1].startswith(parts[0]):
        return "/".join(parts)
    return ""
