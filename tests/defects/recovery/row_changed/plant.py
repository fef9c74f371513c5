from __future__ import annotations

from pathlib import Path

from planting import rewrite_zip


def plant(folder: Path) -> None:
    rewrite_zip(folder / "odoo.zip", "dump.sql", lambda dump: dump.replace(b"\tgroup_system\t", b"\tgroup_sistem\t"))
