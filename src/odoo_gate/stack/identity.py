"""Which machine user's cache a Docker object belongs to.

Whether a run is alive is known by file locks below the cache folder, so only objects made by a run with the
same cache may be judged. The id is random and kept in that folder: two machines that share one Docker engine
never take each other's runs for dead, nor share one store without sharing its locks.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from odoo_gate.errors import StackError
from odoo_gate.stack.locks import FileLock

_FORM = re.compile(r"[0-9a-f]{8}")


def cache_identity(cache: Path) -> str:
    """Eight hex digits that stand for `cache`, made at first use.

    Raises StackError when the file that holds them is not as it was written.
    """
    path = cache / "id"
    with FileLock(cache / "id.lock"):
        if not path.exists():
            path.write_text(secrets.token_hex(4), encoding="ascii")
        identity = path.read_text(encoding="ascii").strip()
    if not _FORM.fullmatch(identity):
        raise StackError(f"{path} does not hold eight hex digits", hint=f"delete {path} and start again")
    return identity
