"""The filestore of a database: copy by hard link, move, drop, measure, digest.

Odoo never changes an attachment file in place (its name is the digest of its content), so that a hard link
is a full copy: what one database's garbage collector deletes stays with the others.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from typing import Any, Dict

from . import series
from .errors import AgentFailure


class Filestore:
    """The filestores below Odoo's data directory."""

    def __init__(self, data_dir: str) -> None:
        self._data_dir = data_dir

    def path(self, database: str) -> str:
        if not database or "/" in database or database.startswith("."):
            raise AgentFailure("not a database name: " + repr(database))
        return series.filestore(self._data_dir, database)

    def copy(self, source: str, target: str) -> Dict[str, Any]:
        """Hard-link every file; an absent source makes an empty target."""
        origin, copy = self.path(source), self.path(target)
        if os.path.exists(copy):
            raise AgentFailure("the filestore of " + target + " exists already")
        partial = copy + ".partial"
        shutil.rmtree(partial, ignore_errors=True)
        os.makedirs(os.path.dirname(partial), exist_ok=True)
        if os.path.isdir(origin):
            shutil.copytree(origin, partial, copy_function=os.link)
        else:
            os.makedirs(partial)
        os.rename(partial, copy)
        return {"files": sum(len(files) for _, _, files in os.walk(copy))}

    def move(self, source: str, target: str) -> Dict[str, Any]:
        origin, destination = self.path(source), self.path(target)
        if os.path.exists(destination):
            raise AgentFailure("the filestore of " + target + " exists already")
        if os.path.isdir(origin):
            os.rename(origin, destination)
        return {}

    def drop(self, database: str) -> Dict[str, Any]:
        path = self.path(database)
        if os.path.isdir(path):
            shutil.rmtree(path)
        return {}

    def size(self, database: str) -> Dict[str, Any]:
        """Bytes of the files; a file shared with another database counts in both."""
        found = [os.path.join(folder, name) for folder, _, names in os.walk(self.path(database)) for name in names]
        return {"bytes": sum(os.lstat(path).st_size for path in found), "files": len(found)}

    def checksums(self, database: str) -> Dict[str, Any]:
        """Size in bytes and sha1 of every file, by its path below the filestore: what `store_fname` calls it."""
        root = self.path(database)
        found: Dict[str, Any] = {}
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                found[os.path.relpath(path, root)] = [os.path.getsize(path), _sha1(path)]
        return {"files": found}


def _sha1(path: str) -> str:
    digest = hashlib.sha1()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
