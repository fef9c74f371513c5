"""What one pytest session knows of the gate: settings, run folder, and the testbed once something needs it.

With pytest-xdist only the controller opens the testbed; workers attach to its address.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

import pytest

from odoo_gate.settings import Settings, load_settings

if TYPE_CHECKING:
    from odoo_gate.addons import AddonGraph
    from odoo_gate.odoo.kept import Keeping
    from odoo_gate.odoo.testbed import Testbed

_KEPT_PYTEST_RUNS = 5
WORKER_INPUT = "odoo_gate"


class GateSession:
    """The gate's state of one pytest process, kept in `config.stash`."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.config = config
        self.settings = settings
        self._resources = ExitStack()

    @property
    def is_worker(self) -> bool:
        return hasattr(self.config, "workerinput")

    @property
    def _from_controller(self) -> dict[str, Any]:
        return dict(json.loads(self.config.workerinput[WORKER_INPUT]))  # type: ignore[attr-defined]

    @cached_property
    def run_folder(self) -> Path:
        """Where this session leaves evidence, logs and screenshots. Created on first use."""
        if self.is_worker:
            return Path(self._from_controller["run_folder"])
        named = self.config.getoption("odoo_gate_run")
        if named:
            folder = Path(named).resolve()
        else:
            parent = self.settings.root / ".odoo-gate" / "pytest"
            _prune(parent)
            folder = parent / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @cached_property
    def testbed(self) -> Testbed:
        """The running stack of this session; opened by whoever asks first, closed with the session."""
        from odoo_gate.odoo.testbed import attach_testbed, open_testbed
        from odoo_gate.stack.run import Run, new_run_id

        given = self.config.getoption("odoo_gate_attach")
        if self.is_worker:
            testbed = attach_testbed(self.settings, self._from_controller["testbed"])
        elif given:
            testbed = attach_testbed(self.settings, json.loads(Path(given).read_text("utf-8")), self.say)
        else:
            run = self._resources.enter_context(Run(new_run_id(), self.run_folder, self.say))
            testbed = open_testbed(self.settings, run, self.say)
        testbed.keeping = self.keeping
        return testbed

    @cached_property
    def keeping(self) -> Keeping | None:
        """What keeps the databases of failed checks; None where nobody asked for it."""
        if not self.config.getoption("odoo_gate_keep"):
            return None
        from odoo_gate.odoo.kept import Keeping

        return Keeping(self.settings.root, self.run_folder.name, self.say)

    @cached_property
    def checkout(self) -> AddonGraph:
        """The checkout's own addons, read without an image: names and manifests, no stock modules."""
        from odoo_gate.addons import candidate_graph

        return candidate_graph(self.settings, None)

    @property
    def baseline_folder(self) -> Path | None:
        """Where the baseline's addons lie inside the checkout; their tests are not this release's."""
        baseline = self.settings.baseline
        return self.settings.root / baseline.path if baseline and baseline.path else None

    def worker_input(self) -> str:
        """What an xdist worker needs to join this session, as JSON.

        A gate compares with the baseline, and workers start no containers: it is started for them.
        """
        if self.config.getoption("odoo_gate_run") and self.settings.baseline is not None:
            self.testbed.start_baseline()
        return json.dumps({"run_folder": str(self.run_folder), "testbed": self.testbed.address})

    def say(self, line: str) -> None:
        """Show progress of long work above pytest's own output, captured or not."""
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        capture = self.config.pluginmanager.get_plugin("capturemanager")
        if reporter is None or capture is None:
            return
        with capture.global_and_fixture_disabled():
            reporter.ensure_newline()
            reporter.write_line(f"odoo-gate: {line}")

    def end_on_termination(self) -> None:
        """From here on SIGTERM ends the session as Ctrl-C does: databases are dropped, containers removed.

        `odoo-gate` ends it that way: SIGINT is ignored by what a script starts with `&`.
        """
        from odoo_gate.stack.interrupts import termination_as_interrupt

        self._resources.enter_context(termination_as_interrupt())

    def close(self) -> None:
        self._resources.close()


gate_key = pytest.StashKey[GateSession]()


def gate_of(config: pytest.Config) -> GateSession:
    """The gate's state of this pytest process. Raises KeyError where no gate.toml governs it."""
    return config.stash[gate_key]


def open_session(config: pytest.Config, project: Path) -> GateSession:
    """Read `project`'s gate.toml and put the session's state into the stash.

    Raises SettingsError.
    """
    import os

    session = GateSession(config, load_settings(project, os.environ))
    config.stash[gate_key] = session
    session.end_on_termination()
    return session


def _prune(parent: Path) -> None:
    """Forget all but the newest runs that plain `pytest` left behind."""
    if not parent.is_dir():
        return
    for stale in sorted(parent.iterdir(), reverse=True)[_KEPT_PYTEST_RUNS - 1 :]:
        rmtree(stale)
