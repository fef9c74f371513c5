from __future__ import annotations

from pathlib import Path

from planting import flipped


def plant(folder: Path) -> None:
    path = folder / "odoo.zip"
    path.write_bytes(flipped(path.read_bytes(), at=0.3))
