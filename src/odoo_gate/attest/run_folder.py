"""The files of a run folder: what is signed, what is evidence, and how both are written and read safely."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from odoo_gate.attest.statement import FileV1
from odoo_gate.errors import InfrastructureError, VerificationError

PAYLOAD = "readiness.json"
ENVELOPE = "readiness.dsse.json"
BUNDLE = "readiness.sigstore.json"
SVR_BUNDLE = "readiness.svr.sigstore.json"
REPORT = "report.html"
REPORT_BUNDLE = "report.sigstore.json"
TIMESTAMP = "readiness.tsr"
"""What a time-stamping authority says of the bundle's signature (RFC 3161), where the gate asks one."""

SIGNED_FILES = (PAYLOAD, ENVELOPE, REPORT, REPORT_BUNDLE, SVR_BUNDLE, TIMESTAMP, BUNDLE)
"""What a judgement writes, in the order it is written: the bundle that makes it count comes last."""

_PART = ".part"
_CHUNK = 1024 * 1024


def inventory(folder: Path) -> tuple[FileV1, ...]:
    """Every file of the run but the signed ones, by digest, sorted by path.

    Call it when nothing writes into the folder any more. Raises InfrastructureError when something there is
    not a regular file, or has a name that could mean another file elsewhere.
    """
    files = []
    for path in walk(folder):
        name = path.relative_to(folder).as_posix()
        fault = name_fault(name) or kind_fault(path)
        if fault:
            raise InfrastructureError(f"{path} cannot be evidence: {fault}", hint="remove it, and what put it there")
        digest, size = file_digest(path)
        files.append(FileV1(path=name, sha256=digest, size=size))
    return tuple(sorted(files, key=lambda file: file.path))


def walk(folder: Path) -> Iterator[Path]:
    """Every entry below `folder` that is not a folder, but the signed files at its top."""
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            continue
        if path.parent == folder and path.name in SIGNED_FILES:
            continue
        yield path


def name_fault(name: str) -> str:
    """Why `name` is not a plain path below the run folder; empty when it is."""
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or path.as_posix() != name:
        return "its path is not plain and relative"
    if ".." in path.parts or "\\" in name or ":" in path.parts[0]:
        return "its path leads out of the run folder"
    if not name.isprintable():
        return "its name holds characters that cannot be seen"
    return ""


def kind_fault(path: Path) -> str:
    """Why `path` is not a regular file; empty when it is. Does not follow links."""
    try:
        mode = path.lstat().st_mode
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return "" if stat.S_ISREG(mode) else "it is not a regular file"


def file_digest(path: Path) -> tuple[str, int]:
    """sha256 (hex) and size in bytes of a file. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def read_whole(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes. Raises VerificationError."""
    fault = kind_fault(path)
    if fault:
        raise VerificationError(f"{path}: {fault}", hint="give the folder of a run, or its bundle")
    with path.open("rb") as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise VerificationError(f"{path} is longer than {limit} bytes")
    return data


def remove_signed(folder: Path) -> None:
    """Take back an earlier judgement, the bundle first, so that no half of it looks whole."""
    for name in reversed(SIGNED_FILES):
        (folder / name).unlink(missing_ok=True)
    for part in folder.glob(f".*{_PART}"):
        part.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there with all its bytes, or not at all. Raises InfrastructureError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, part = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_PART, dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), 0o644)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(part).replace(path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InfrastructureError(
            f"{path} cannot be written: {error.strerror}",
            hint="free space on the disk or correct permissions",
        ) from error
