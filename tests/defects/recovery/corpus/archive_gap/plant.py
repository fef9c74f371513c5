from __future__ import annotations

import tarfile
from pathlib import Path


def plant(folder: Path) -> None:
    """The last whole segment is not in the archive: the one with the writes of just before the moment."""
    archive, draft = folder / "wal.tar", folder / "wal.draft"
    with tarfile.open(archive) as source, tarfile.open(draft, "w") as target:
        members = source.getmembers()
        last = max(member.name for member in members if member.isfile() and not member.name.endswith(".partial"))
        for member in members:
            if member.name != last:
                target.addfile(member, source.extractfile(member) if member.isfile() else None)
    draft.replace(archive)
