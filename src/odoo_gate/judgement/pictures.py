"""The pictures that checks left in a run folder, read for whoever draws them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from odoo_gate.model import CheckResult
from odoo_gate.picture import SUFFIX, Picture, read_picture
from odoo_gate.report import Unreadable

MAX_PICTURE_BYTES = 2 * 1024 * 1024


def read_pictures(run_folder: Path, results: Iterable[CheckResult]) -> dict[str, Picture | Unreadable]:
    """By the path of their artefact. A file that cannot be read or is no picture says so where it would have been."""
    names = dict.fromkeys(name for result in results for name in result.artifacts if name.endswith(SUFFIX))
    return {name: _read(run_folder / name) for name in names}


def _read(path: Path) -> Picture | Unreadable:
    try:
        if path.stat().st_size > MAX_PICTURE_BYTES:
            return Unreadable(f"it is longer than {MAX_PICTURE_BYTES} bytes")
        return read_picture(path.read_text("utf-8"))
    except OSError as error:
        return Unreadable(f"it cannot be read: {error.strerror}")
    except ValueError as error:
        return Unreadable(f"it is no picture: {error}")
