"""Files on their way into a container, as the tar stream Docker takes."""

from __future__ import annotations

import io
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from odoo_gate.errors import StackError

_READABLE_FILE = 0o644
_READABLE_FOLDER = 0o755


@dataclass(frozen=True, slots=True)
class Upload:
    """What a container holds besides its image: absolute container path → a file of this machine, or bytes.

    Everything arrives owned by root and readable by all, whatever the modes here, as files of an image are.
    """

    files: tuple[tuple[str, Path | bytes], ...] = ()

    def __add__(self, other: Upload) -> Upload:
        return Upload(self.files + other.files)


NOTHING = Upload()


def tar_stream(upload: Upload) -> IO[bytes]:
    """An open temporary file that holds `upload` as a tar archive rooted at `/`. The caller closes it.

    Raises StackError when a file cannot be read or the disk is full.
    """
    stream = tempfile.TemporaryFile()  # noqa: SIM115 (handed to the caller)
    try:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
            folders: set[str] = set()
            for name, source in upload.files:
                _add_folders(archive, name, folders)
                _add_file(archive, name, source)
    except OSError as error:
        stream.close()
        raise StackError(
            f"files for a container could not be packed: {error}",
            hint="look at that file, and at free disk space",
        ) from error
    stream.seek(0)
    return stream


def _add_folders(archive: tarfile.TarFile, name: str, known: set[str]) -> None:
    """Every folder above `name` that Docker would otherwise make by itself, with a mode of its own choice."""
    parts = name.strip("/").split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        folder = "/".join(parts[:depth])
        if folder in known or depth == 1:  # the first level (/mnt, /etc) is the image's own
            continue
        known.add(folder)
        info = tarfile.TarInfo(folder)
        info.type = tarfile.DIRTYPE
        info.mode = _READABLE_FOLDER
        archive.addfile(info)


def _add_file(archive: tarfile.TarFile, name: str, source: Path | bytes) -> None:
    info = tarfile.TarInfo(name.strip("/"))
    info.mode = _READABLE_FILE
    if isinstance(source, bytes):
        info.size = len(source)
        archive.addfile(info, io.BytesIO(source))
        return
    with source.open("rb") as file:
        status = source.stat()
        info.size = status.st_size
        info.mtime = int(status.st_mtime)
        archive.addfile(info, file)
