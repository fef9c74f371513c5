"""Ways to spoil a backup: what the cases in `recovery/` are planted with."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

Change = Callable[[bytes], bytes | None]
"""What becomes of a member's content; None leaves it out."""


def flipped(data: bytes, at: float = 0.5) -> bytes:
    """The same bytes with every bit of one of them turned over."""
    place = int(len(data) * at)
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


def rewrite_largest(archive: Path, change: Change) -> None:
    """Change the largest file of a tar archive that is not a dump's table of contents."""
    with tarfile.open(archive) as source:
        members = [(info, source.extractfile(info).read() if info.isfile() else b"") for info in source]
    files = [info for info, _ in members if info.isfile() and not info.name.endswith("toc.dat")]
    largest = max(files, key=lambda info: info.size).name
    with tarfile.open(archive, "w") as target:
        for info, data in members:
            content = change(data) if info.name == largest else data
            if content is not None:
                info.size = len(content)
                target.addfile(info, io.BytesIO(content))


def rewrite_zip(archive: Path, name: str, change: Change) -> None:
    """Change the largest member of a zip whose name starts with `name`."""
    with zipfile.ZipFile(archive) as source:
        members = {info.filename: source.read(info) for info in source.infolist()}
    chosen = max((member for member in members if member.startswith(name)), key=lambda member: len(members[member]))
    changed = change(members[chosen])
    assert changed != members[chosen], f"nothing was planted in {chosen}"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for member, data in members.items():
            content = changed if member == chosen else data
            if content is not None:
                target.writestr(member, content)


def without_rows(dump: bytes, table: str) -> bytes:
    """A plain dump in which one table is empty."""
    start = dump.index(b"\n", dump.index(b"\nCOPY public." + table.encode() + b" (") + 1) + 1
    return dump[:start] + dump[dump.index(b"\\.\n", start) :]
