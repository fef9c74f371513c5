"""One `odoo` command from its start to its end, as a person runs it beside production: `odoo -u`, `odoo neutralize`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from requests.exceptions import ConnectionError as NoAnswerYet
from requests.exceptions import ReadTimeout

from odoo_gate.errors import StackError
from odoo_gate.stack.client import engine_errors
from odoo_gate.stack.container import RunningContainer
from odoo_gate.stack.odoo_server import Deployment
from odoo_gate.stack.run import Run


@dataclass(frozen=True, slots=True)
class CommandEnd:
    """How a command ended: exit status, seconds since it was started, and where its whole log lies."""

    status: int
    seconds: float
    log: Path


class OdooCommand:
    """A command that runs. Ended by `wait`, or cut off by `kill`; either saves its log and removes the container."""

    def __init__(self, run: Run, container: RunningContainer, words: str) -> None:
        self._run = run
        self._container = container
        self._words = words
        self._started = time.monotonic()

    def wait(self, timeout: float = 3600.0) -> CommandEnd:
        """Wait until it ends by itself, at most `timeout` seconds. Raises StackError."""
        with engine_errors(f"waiting for `{self._words}`"):
            try:
                status = int(self._container.docker.wait(timeout=timeout)["StatusCode"])
            except (ReadTimeout, NoAnswerYet) as error:
                self._run.stop(self._container)
                raise StackError(
                    f"`{self._words}` did not end within {timeout:g} s", hint=f"read its log: {self._container.log}"
                ) from error
        return self._ended(status)

    def kill(self) -> CommandEnd:
        """SIGKILL, as a lost machine does it; the status is 137, or its own when it had ended before."""
        with engine_errors(f"killing `{self._words}`"):
            if self._container.is_running():
                self._container.docker.kill()
            status = int(self._container.docker.wait()["StatusCode"])
        return self._ended(status)

    @property
    def is_running(self) -> bool:
        return self._container.is_running()

    def _ended(self, status: int) -> CommandEnd:
        seconds = time.monotonic() - self._started
        self._run.stop(self._container)
        return CommandEnd(status, seconds, self._container.log)


def start_odoo_command(
    run: Run, deployment: Deployment, arguments: Sequence[str], *, name: str = "odoo-command"
) -> OdooCommand:
    """Start `odoo <arguments>` with the configuration a server of the release has.

    Raises StackError, SettingsError, AddonsError.
    """
    spec = deployment.container(name, deployment.effective_conf())
    container = run.start(replace(spec, command=("odoo", *arguments)))
    return OdooCommand(run, container, f"odoo {' '.join(arguments)}")
