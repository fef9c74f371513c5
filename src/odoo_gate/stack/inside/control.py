"""The way in for who directs one of our programs: JSON over HTTP, behind a token, on a port of its own."""

from __future__ import annotations

import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Tuple

Answer = Tuple[int, Any]
Direct = Callable[[str, str, Any], Answer]
"""(method, path, JSON body or None) → (status, JSON)."""


def serve_control(host: str, port: int, token: str, direct: Direct) -> ThreadingHTTPServer:
    """Answer in a thread of its own, every request by `direct`; `port` 0 takes a free one."""

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            given = self.headers.get("Authorization", "")
            if not hmac.compare_digest(given.encode(), ("Bearer " + token).encode()):
                self._answer(401, {"error": "no such token"})
                return
            try:
                text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, answer = direct(self.command, self.path, json.loads(text) if text else None)
            except (KeyError, TypeError, ValueError) as error:
                status, answer = 400, {"error": type(error).__name__ + ": " + str(error)}
            self._answer(status, answer)

        def _answer(self, status: int, answer: Any) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _handle

        def log_message(self, *_: Any) -> None:
            """The log belongs to what is directed."""

    server = ThreadingHTTPServer((host, port), Handler)
    threading.Thread(target=server.serve_forever, name="control", daemon=True).start()
    return server
