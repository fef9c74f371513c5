"""The filestore of a database: copy by hard link, move, drop, measure.

Odoo never changes an attachment file in place (its name is the digest of its content), so that a hard link
is a full copy: what one database's garbage collector deletes stays with the others.
"""

from __future__ import annotations

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
