from __future__ import annotations

from pathlib import Path


def plant(folder: Path) -> None:
    (folder / "filestore.tar").unlink()
