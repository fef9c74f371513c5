"""The websocket of the load: on this machine only, wherever an answer points."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from odoo_gate.traffic import locustfiles

LISTEN = """
import sys
from types import SimpleNamespace
sys.path.insert(0, sys.argv[1])
import locust
from listener import Listener
browser = SimpleNamespace(version="19.0", session=SimpleNamespace(cookiejar=()))
listener = Listener(sys.argv[2], browser, SimpleNamespace(fire=lambda **_: None), 5)
listener.open()
assert listener.refused
"""
"""Locust takes over the sockets of its process: so it has one of its own."""


@contextmanager
def answering(status: int, location: str) -> Iterator[tuple[str, list[str]]]:
    """A server that answers everything so: its address, and the paths it was asked for."""
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def listen(url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LISTEN, str(locustfiles()), url], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_redirect_is_not_followed():
    with answering(200, "") as (elsewhere, led), answering(302, elsewhere.replace("http", "ws")) as (url, asked):
        done = listen(url)
    assert done.returncode == 0, done.stderr
    assert asked == ["/websocket?version=19.0"]
    assert led == []
    assert "Redirect" in done.stdout


def test_an_address_elsewhere_is_refused():
    done = listen("http://192.0.2.1:8072")
    assert done.returncode == 1
    assert "load goes to this machine only" in done.stderr
