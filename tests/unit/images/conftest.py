"""A stand-in for the Docker engine: real HTTP on loopback, answers given by the test."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Engine:
    """Answers `status, body` to each path (without the API version) and remembers what was asked."""

    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    streams: dict[str, list[object]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, body: object, status: int = 200) -> None:
        self.answers[path] = status, json.dumps(body).encode()

    def stream(self, path: str, *events: object) -> None:
        """Events in chunks, as the engine sends them; `...` as the last: it dies before it says all."""
        self.streams[path] = list(events)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine that answers; DOCKER_HOST names it."""
    made = Engine()
    made.answers["/_ping"] = 200, b"OK"
    made.answer("/version", {"ApiVersion": "1.41", "Version": "20.10"})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = "/" + self.path.split("?")[0].lstrip("/").removeprefix("v1.41/")
            made.asked.append(path)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if path in made.streams:
                self.send_stream(made.streams[path])
                return
            status, body = made.answers.get(path, (404, b'{"message": "no such thing"}'))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def send_stream(self, events: list[object]) -> None:
            self.protocol_version = "HTTP/1.1"
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for event in events:
                if event is ...:
                    return
                line = json.dumps(event).encode() + b"\r\n"
                self.wfile.write(b"%x\r\n%b\r\n" % (len(line), line))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_address[1]}")
    monkeypatch.delenv("DOCKER_TLS_VERIFY", raising=False)
    yield made
    server.shutdown()
    server.server_close()
