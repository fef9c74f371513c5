from __future__ import annotations

from pathlib import Path

from planting import flipped, rewrite_largest


def plant(folder: Path) -> None:
    rewrite_largest(folder / "filestore.tar", flipped)
