"""Tests run again and again on a stack that stays: the agent has Odoo loaded, changed addons are put into it."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from odoo_gate.model import Say
from odoo_gate.odoo.testbed import Testbed, open_testbed
from odoo_gate.settings import Settings
from odoo_gate.stack.refresh import refresh_addons
from odoo_gate.stack.run import Run, new_run_id


class WarmTests:
    """A testbed for pytest processes that come and go; opened at first need, closed with the block."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self._settings = settings
        self._say = say
        self._resources = ExitStack()
        self._open: tuple[Run, Testbed, Path] | None = None

    def address(self) -> Path:
        """A file with the testbed's address, for `pytest --odoo-gate-attach`, its agent holding the addons of now.

        Raises ImageError, StackError, TemplateError, AddonsError.
        """
        if self._open is None:
            self._open = self._start()
        else:
            run, testbed, _ = self._open
            refresh_addons(run, "agent-candidate", testbed.candidate.addons)
        return self._open[2]

    def _start(self) -> tuple[Run, Testbed, Path]:
        folder = Path(self._resources.enter_context(tempfile.TemporaryDirectory(prefix="odoo-gate-")))
        run = self._resources.enter_context(Run(new_run_id(), folder, self._say))
        testbed = open_testbed(self._settings, run, self._say)
        address = folder / "testbed.json"
        address.touch(mode=0o600)
        address.write_text(json.dumps(testbed.address), "utf-8")
        return run, testbed, address

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.__exit__(kind, error, trace)
