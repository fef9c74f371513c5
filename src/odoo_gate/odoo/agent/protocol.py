"""JSON lines over one socket: requests come in, events and answers go out."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import threading
import traceback
from typing import Any, Dict, Iterator, Optional

from .errors import AgentFailure

Message = Dict[str, Any]

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes. A longer request is no request of ours."""


class Channel:
    """One host connection. `requests` ends when the host says `close`; a lost host ends the whole process."""

    def __init__(self, connection: socket.socket) -> None:
        self._stream = connection.makefile("rwb")
        self._writing = threading.Lock()
        self._incoming: queue.Queue[Optional[Message]] = queue.Queue()
        self._current: Any = None

    def read_line(self) -> Optional[Message]:
        """The next message, None at the end; TypeError or ValueError when it is no JSON object."""
        line = self._stream.readline(LONGEST_LINE)
        if not line.endswith(b"\n"):
            return None
        message = json.loads(line)
        if not isinstance(message, dict):
            raise TypeError("a message must be a JSON object")
        return message

    def write(self, message: Message) -> None:
        data = json.dumps(message, default=str).encode() + b"\n"
        with self._writing:
            self._stream.write(data)
            self._stream.flush()

    def watch(self) -> None:
        """Read in the background, so that a host that goes away is noticed while Odoo works.

        End of stream kills the process group: this process, its Chrome and its wkhtmltopdf.
        """
        threading.Thread(target=self._pump, name="odoo-gate.channel", daemon=True).start()

    def _pump(self) -> None:
        try:
            while True:
                message = self.read_line()
                if message is None:
                    break
                self._incoming.put(message)
        finally:
            os.killpg(os.getpgrp(), signal.SIGKILL)

    def requests(self) -> Iterator[Message]:
        """Yield requests until one says `close`."""
        while True:
            request = self._incoming.get()
            if request is None or request.get("command") == "close":
                return
            self._current = request.get("id")
            yield request

    def event(self, payload: Message) -> None:
        self.write({"id": self._current, "event": payload})

    def answer(self, request: Message, result: Any) -> None:
        self.write({"id": request.get("id"), "ok": result})

    def refuse(self, request: Message, error: BaseException) -> None:
        kind = error.kind if isinstance(error, AgentFailure) else "infrastructure"
        details = dict(error.details) if isinstance(error, AgentFailure) else {}
        origin = error.__cause__ if isinstance(error, AgentFailure) and error.__cause__ else error
        trace = "".join(traceback.format_exception(type(origin), origin, origin.__traceback__))
        body = {"type": type(error).__name__, "message": str(error), "traceback": trace, "kind": kind}
        body.update(details)
        self.write({"id": request.get("id"), "error": body})
