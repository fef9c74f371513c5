"""Which lines of the addons a session ran, measured with the `coverage` package when the image has it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import tempfile
from typing import Any, Dict, Sequence

from . import series
from .errors import AgentFailure


class Coverage:
    """One measurement; must start before the addons are imported to see their module level."""

    def __init__(self, modules: Sequence[str]) -> None:
        if importlib.util.find_spec("coverage") is None:
            raise AgentFailure("the package `coverage` is not in the Odoo image")
        self._sources = [path for path in map(series.module_path, modules) if path]
        self._folder = tempfile.mkdtemp(prefix="odoo-gate-coverage-")
        self._measured: Any = importlib.import_module("coverage").Coverage(
            data_file=os.path.join(self._folder, "data"),
            source=self._sources,
            branch=False,
            config_file=False,
        )
        self._measured.start()

    def stop(self) -> Dict[str, Any]:
        """Per file: the numbers of the statements, and of those that did not run."""
        self._measured.stop()
        files: Dict[str, Any] = {}
        for folder in self._sources:
            for path in sorted(_python_files(folder)):
                _, statements, _, missing, _ = self._measured.analysis2(path)
                files[path] = {"statements": statements, "missing": missing}
        return {"files": files}


def _python_files(folder: str) -> Sequence[str]:
    """The addon's code: its tests and manifest are not what one wants to see covered."""
    return [
        os.path.join(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
        if name.endswith(".py")
        and name not in ("__manifest__.py", "__openerp__.py")
        and "tests" not in os.path.relpath(parent, folder).split(os.sep)
    ]
