"""The system at the other end of a call: it records every request and answers as it was told to.

    GET  /requests     what came since the last reset, in order
    POST /plan         {"answers": [ANSWER ...], "then": ANSWER}: the next requests get `answers`, all others `then`
    POST /reset        forgets requests and plan

ANSWER: {"status", "headers", "body", "manner", "commits"}. `manner` is `whole`, `half` (the body breaks off) or
`reset` (the connection is reset instead of an answer); `commits` says whether what was asked is done all the same.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, List, Optional

from .control import Answer, serve_control

_UNPLANNED = {"status": 501, "headers": {}, "body": "", "manner": "whole", "commits": False}
_MANNERS = ("whole", "half", "reset")
_SILENT_SECONDS = 120


class Counterpart:
    """What it was told and what it heard; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: List[Dict[str, Any]] = []
        self._answers: List[Dict[str, Any]] = []
        self._then: Optional[Dict[str, Any]] = None

    def direct(self, method: str, path: str, body: Any) -> Answer:
        with self._lock:
            if (method, path) == ("GET", "/requests"):
                return 200, self._requests
            if (method, path) == ("POST", "/reset"):
                self._requests, self._answers, self._then = [], [], None
                return 200, {}
            if (method, path) == ("POST", "/plan"):
                answers = [_read(answer) for answer in body.get("answers", [])]
                self._answers, self._then = answers, _read(body["then"])
                return 200, {}
        return 404, {"error": "nothing there"}

    def take(self, request: Dict[str, Any]) -> Dict[str, Any]:
        """Record `request` and say how it is answered."""
        with self._lock:
            answer = self._answers.pop(0) if self._answers else (self._then or _UNPLANNED)
            told = {"status": answer["status"], "manner": answer["manner"], "commits": answer["commits"]}
            self._requests.append({**request, "number": len(self._requests), "answered": told})
            return answer


def _read(answer: Dict[str, Any]) -> Dict[str, Any]:
    full = {**_UNPLANNED, **answer}
    if full["manner"] not in _MANNERS or set(full) != set(_UNPLANNED):
        raise ValueError("not an answer: " + json.dumps(answer))
    return full


def handler_of(counterpart: Counterpart) -> type:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _SILENT_SECONDS

        def _handle(self) -> None:
            path, _, query = self.path.partition("?")
            answer = counterpart.take(
                {
                    "method": self.command,
                    "path": path,
                    "query": query,
                    "headers": self.headers.items(),
                    "body": base64.b64encode(self._body()).decode(),
                    "time": time.time(),
                }
            )
            if answer["manner"] == "reset":
                self._reset()
            else:
                self._answer(answer)

        def _body(self) -> bytes:
            if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
                return self._chunked()
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _chunked(self) -> bytes:
            body = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                body += self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    return body

        def _answer(self, answer: Dict[str, Any]) -> None:
            body = str(answer["body"]).encode()
            self.send_response(int(answer["status"]))
            for name, value in answer["headers"].items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if answer["manner"] == "half":
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
            else:
                self.wfile.write(body)

        def _reset(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.rfile.close()  # it shares the socket, which is only really closed with it
            self.connection.close()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle

    return Handler


def run(host: str, port: int, control_port: int, token: str) -> None:
    """Serve for ever; prints one JSON line with the ports once both listen."""
    counterpart = Counterpart()
    server = ThreadingHTTPServer((host, port), handler_of(counterpart))
    control = serve_control(host, control_port, token, counterpart.direct)
    print(json.dumps({"control": control.server_address[1], "port": server.server_address[1]}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    run(**json.loads(os.environ["ODOO_GATE_INSIDE"]))
