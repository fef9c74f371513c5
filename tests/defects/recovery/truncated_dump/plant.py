from __future__ import annotations

from pathlib import Path


def plant(folder: Path) -> None:
    path = folder / "database.tar"
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
