from __future__ import annotations

from pathlib import Path

from planting import rewrite_zip


def plant(folder: Path) -> None:
    rewrite_zip(folder / "odoo.zip", "filestore/", lambda _: None)
