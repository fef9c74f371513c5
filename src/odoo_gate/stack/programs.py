"""Our small programs beside the stack: started in a container, directed from this machine."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from odoo_gate.errors import StackError
from odoo_gate.stack.archive import Upload
from odoo_gate.stack.container import ContainerSpec, RunningContainer
from odoo_gate.stack.run import Run

CONTROL_PORT = 8474

_HOME = "/mnt/odoo-gate"
_PACKAGE = Path(__file__).parent / "inside"
_SETTINGS = "ODOO_GATE_INSIDE"
_START_TIMEOUT = 60.0
_REQUEST_TIMEOUT = 35.0
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Control:
    """Where a program is directed: `url` from this machine, `inside_url` from the run's containers."""

    url: str
    inside_url: str
    token: str = field(repr=False)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """What the program answers, from JSON. Raises StackError when it refuses or is not there."""
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with _NO_PROXY.open(request, timeout=_REQUEST_TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise StackError(
                f"{method} {path} was refused ({error.code}): {text}", hint="correct what is asked"
            ) from error
        except (OSError, ValueError) as error:
            raise StackError(
                f"{method} {path} got no answer at {self.url}: {error}", hint="read its log in the run folder (logs/)"
            ) from error


@dataclass(frozen=True, slots=True)
class Program:
    """A running program of ours."""

    container: RunningContainer
    control: Control


def start_program(
    run: Run, image: str, module: str, settings: Mapping[str, object], *, name: str, ports: Sequence[int], ready: str
) -> Program:
    """Run `module` of the package `inside` with `image`'s Python 3, and wait until GET `ready` answers.

    `settings` are its arguments besides address, control port and token. Raises StackError.
    """
    token = secrets.token_urlsafe(24)
    given = {"host": "0.0.0.0", "control_port": CONTROL_PORT, "token": token, **settings}
    container = run.start(
        ContainerSpec(
            name=name,
            image=image,
            command=("-m", f"{_PACKAGE.name}.{module}"),
            environment={_SETTINGS: json.dumps(given), "PYTHONPATH": _HOME, "PYTHONDONTWRITEBYTECODE": "1"},
            ports=(CONTROL_PORT, *ports),
            upload=_upload(),
            options={"entrypoint": ["python3"], "init": True},
        )
    )
    host, port = container.address(CONTROL_PORT)
    control = Control(f"http://{host}:{port}", f"http://{name}:{CONTROL_PORT}", token)
    container.wait_until(lambda: _answers(control, ready), what="answering", timeout=_START_TIMEOUT)
    return Program(container, control)


def _answers(control: Control, path: str) -> bool:
    try:
        control.ask("GET", path)
    except StackError:
        return False
    return True


def _upload() -> Upload:
    return Upload(tuple((f"{_HOME}/{_PACKAGE.name}/{path.name}", path) for path in sorted(_PACKAGE.glob("*.py"))))
