"""A probe of servers that are not well: each is found for what it is, and none is visited more than allowed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from odoo_gate.errors import InfrastructureError
from odoo_gate.probe.visitor import Spent, Unwell, Visitor
from odoo_gate.settings import ProbeSettings

QUICK = ProbeSettings.model_validate({"pause_seconds": 0.05, "timeout_seconds": 5, "max_requests": 10})
Answer = tuple[int, dict[str, str], bytes]


class Server:
    """Answers by path; remembers what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}"

    def _handler(self) -> Callable[..., BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.asked.append((self.command, self.path, dict(self.headers)))
                status, headers, body = server.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, daemon=True)
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()


def rule_of(call: Callable[[], object]) -> str:
    with pytest.raises(Unwell) as raised:
        call()
    return raised.value.rule


def test_errors_in_the_body_and_in_the_status_are_told_apart(server: Server):
    def odoo(name: str) -> Answer:
        error = {"code": 200, "message": "Odoo Server Error", "data": {"name": name, "message": "because\nmore"}}
        return 200, {}, json.dumps({"error": error}).encode()

    server.answers = {
        "/refused": odoo("odoo.exceptions.AccessError"),
        "/broken": odoo("builtins.ZeroDivisionError"),
        "/down": (502, {}, b""),
        "/text": (200, {}, b"<html>"),
        "/well": (200, {}, b'{"result": [1]}'),
    }
    visitor = Visitor(server.url, QUICK)
    assert rule_of(lambda: visitor.ask("/refused", {})) == "refused"
    assert rule_of(lambda: visitor.ask("/broken", {})) == "server-error"
    assert rule_of(lambda: visitor.ask("/down", {})) == "server-error"
    assert rule_of(lambda: visitor.ask("/text", {})) == "server-error"
    assert rule_of(lambda: visitor.get("/missing")) == "refused"
    assert visitor.ask("/well", {}) == [1]


def test_a_redirect_is_followed_on_this_server_only(server: Server):
    server.answers = {
        "/web": (303, {"Location": "/odoo"}, b""),
        "/odoo": (200, {}, b"here"),
        "/away": (302, {"Location": "http://192.0.2.1/steal"}, b""),
        "/round": (302, {"Location": "/round"}, b""),
    }
    visitor = Visitor(server.url, QUICK)
    assert visitor.get("/web").text == "here"
    assert rule_of(lambda: visitor.get("/away")) == "server-error"
    assert rule_of(lambda: visitor.get("/round")) == "server-error"


def test_no_more_requests_than_allowed_and_no_credentials_of_a_netrc(server: Server, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.answers = {"/": (200, {}, b"ok")}
    visitor = Visitor(server.url, QUICK)
    for _ in range(10):
        visitor.get("/")
    with pytest.raises(Spent, match="max_requests"):
        visitor.get("/")
    assert len(server.asked) == 10
    assert all("Authorization" not in headers for _, _, headers in server.asked)
    assert all(headers["User-Agent"].startswith("odoo-gate-probe/") for _, _, headers in server.asked)


def test_nobody_there_is_not_answering(server: Server):
    url = server.url
    server.http.server_close()
    assert rule_of(lambda: Visitor(url, QUICK).get("/")) == "not-answering"


def test_a_name_that_is_not_known_here_is_a_fault_of_this_machine(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    visitor = Visitor("https://nowhere.invalid", QUICK)
    with pytest.raises(InfrastructureError, match="not known here"):
        visitor.get("/")
