"""The rights that `security.rights` measured, read from the run folder for the report."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from odoo_gate.model import CheckResult
from odoo_gate.report import RightsMatrix, Unreadable

CHECK = "security.rights"
NOW, BEFORE = "security-rights.csv", "security-rights-baseline.csv"
_MAX_BYTES = 4 * 1024 * 1024
_COLUMNS = ["role", "model", "rights", "limited"]


def read_rights(run_folder: Path, results: Iterable[CheckResult]) -> RightsMatrix | Unreadable | None:
    """Who may do what, and what it was on the baseline; None when the check left nothing."""
    left = {name for result in results if result.check == CHECK for name in result.artifacts}
    if NOW not in left:
        return None
    try:
        return RightsMatrix(_read(run_folder / NOW), _read(run_folder / BEFORE) if BEFORE in left else None)
    except OSError as error:
        return Unreadable(f"it cannot be read: {error.strerror}")
    except (ValueError, csv.Error) as error:
        return Unreadable(f"it is no matrix of rights: {error}")


def _read(path: Path) -> dict[tuple[str, str], str]:
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError(f"{path.name} is longer than {_MAX_BYTES} bytes")
    header, *rows = csv.reader(io.StringIO(path.read_text("utf-8")), strict=True)
    if header != _COLUMNS or any(len(row) != len(_COLUMNS) for row in rows):
        raise ValueError(f"{path.name} has other columns than {', '.join(_COLUMNS)}")
    return {(role, model): rights + ("*" if set(limited) - {"-"} else "") for role, model, rights, limited in rows}
