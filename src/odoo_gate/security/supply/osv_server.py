"""Advisories on loopback, the way pip-audit asks OSV for them: POST {package, version} → {"vulns": [...]}."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from odoo_gate.security.supply.advisories import Advisories

_PATH = "/v1/query"
_MAX_BYTES = 64 * 1024


@dataclass
class OsvServer:
    """Where the advisories are served, and what was asked of them: (normalised name, version)."""

    url: str
    asked: set[tuple[str, str]] = field(default_factory=set)


@contextmanager
def serve_advisories(advisories: Advisories) -> Iterator[OsvServer]:
    """Serve `advisories` on a free port of loopback until the end of the block."""
    asked: set[tuple[str, str]] = set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            if self.path != _PATH or not 0 < length <= _MAX_BYTES:
                self.send_error(404)
                return
            try:
                query = json.loads(self.rfile.read(length))
                name, version = canonicalize_name(query["package"]["name"]), str(query["version"])
                found = advisories.affecting(name, Version(version))
            except (ValueError, KeyError, TypeError, InvalidVersion):
                self.send_error(400)
                return
            asked.add((name, version))
            self._answer({"vulns": list(found)} if found else {})

        def _answer(self, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """What was asked is kept in `asked`; the terminal stays free."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield OsvServer(f"http://127.0.0.1:{server.server_address[1]}{_PATH}", asked)
        finally:
            server.shutdown()
            thread.join()
