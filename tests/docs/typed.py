"""A documented command, typed by a test that has what it needs: the real entry point, arguments of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

ODOO_GATE = str(Path(sys.executable).with_name("odoo-gate"))


def typed(*words: str, folder: Path, status: Collection[int] = (0,)) -> str:
    """Run `odoo-gate WORDS` in `folder`; return what it printed. Fails unless it ends with one of `status`."""
    done = subprocess.run(
        [ODOO_GATE, *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode in status, f"odoo-gate {' '.join(words)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout
