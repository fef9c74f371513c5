"""One conversation with the agent, in JSON lines."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Mapping
from typing import Any

from odoo_gate.errors import AgentError, GateError
from odoo_gate.model import Say, silent
from odoo_gate.odoo.agent_answers import AgentInfo, ReleaseFailure, log_of
from odoo_gate.stack.addresses import AgentAddress

_CONNECT_SECONDS = 10.0


class Connection:
    """Requests out, events and an answer in; raises AgentError, and ReleaseFailure when the modules fail."""

    def __init__(self, address: AgentAddress) -> None:
        self._address = address
        self._number = 0
        try:
            self._socket = socket.create_connection((address.host, address.port), timeout=_CONNECT_SECONDS)
        except OSError as error:
            raise self._lost(f"cannot be reached: {error}") from error
        self._stream = self._socket.makefile("rwb")
        hello = self._exchange({"hello": address.token}, _CONNECT_SECONDS)
        if "ok" not in hello:
            raise self._lost("answered hello with something else")
        self.info = AgentInfo(**hello["ok"])

    def call(self, command: str, arguments: Mapping[str, Any], *, seconds: float, say: Say = silent) -> Any:
        """Send one command and wait at most `seconds` between two lines of the agent."""
        self._number += 1
        message = self._exchange(
            {"id": self._number, "command": command, "args": dict(arguments)}, seconds, doing=command
        )
        while "event" in message:
            if "progress" in message["event"]:
                say(message["event"]["progress"])
            message = self._read(seconds, command)
        if "error" in message:
            raise _error_of(command, message["error"])
        if message.get("id") != self._number or "ok" not in message:
            raise self._lost(f"answered {command} with something else")
        return message["ok"]

    def close(self) -> None:
        """Ends the agent's process of this conversation."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._stream.close()
        self._socket.close()

    def _exchange(self, message: Mapping[str, Any], seconds: float, doing: str = "hello") -> dict[str, Any]:
        try:
            self._socket.settimeout(seconds)
            self._stream.write(json.dumps(message).encode() + b"\n")
            self._stream.flush()
        except OSError as error:
            raise self._lost(f"went away before {doing}: {error}") from error
        return self._read(seconds, doing)

    def _read(self, seconds: float, doing: str) -> dict[str, Any]:
        try:
            line = self._stream.readline()
        except TimeoutError as error:
            raise self._lost(f"said nothing for {seconds:g} s during {doing}") from error
        except OSError as error:
            raise self._lost(f"broke off during {doing}: {error}") from error
        if not line.endswith(b"\n"):
            raise self._lost(f"closed the connection during {doing}")
        try:
            message = json.loads(line)
        except ValueError as error:
            raise self._lost(f"sent something unreadable during {doing}") from error
        if not isinstance(message, dict):
            raise self._lost(f"sent something unreadable during {doing}")
        return message

    def _lost(self, what: str) -> AgentError:
        return AgentError(
            f"the Odoo agent at {self._address.host}:{self._address.port} {what}",
            hint="look at the log of the Odoo container in the run folder (logs/), at memory and disk",
        )


def _error_of(command: str, error: Mapping[str, Any]) -> GateError:
    log = log_of(error.get("log", ()))
    if error.get("kind") == "release":
        return ReleaseFailure(
            str(error["message"]),
            traceback=str(error.get("traceback", "")),
            log=log,
            file=str(error.get("file") or ""),
            line=error.get("line"),
        )
    trace = "\n".join(str(error.get("traceback", "")).splitlines()[-12:])
    return AgentError(
        f"the Odoo agent could not {command}: {error.get('message')}\n{trace}".rstrip(),
        hint="look at the log of the Odoo container in the run folder (logs/)",
    )
