"""The host client against a small server that speaks, or breaks, the protocol."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from odoo_gate.errors import AgentError, ExitCode
from odoo_gate.model import Outcome
from odoo_gate.odoo.agent_client import Agent, Listing, ReleaseFailure
from odoo_gate.stack.addresses import AgentAddress

Answer = Callable[[dict[str, Any]], list[bytes]]
HELLO = {"ok": {"series": "19.0", "python": "3.13.5", "odoo": "19.0"}}
LINE = {
    "level": "WARNING",
    "levelno": 30,
    "logger": "odoo",
    "message": "careful",
    "file": "/x.py",
    "line": 1,
    "time": 0.0,
    "traceback": "",
}
TEST = {
    "id": "/x/tests/test_a.py:TestA.test_b",
    "module": "x",
    "lane": "post_install",
    "order": 0,
    "file": "/mnt/x/tests/test_a.py",
    "line": 4,
    "cls": "TestA",
    "method": "test_b",
    "doc": "",
    "tags": ["post_install"],
    "http": False,
}


def say(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], Agent]]:
    servers = []

    def start(answer: Answer) -> Agent:
        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for line in self.rfile:
                    message = json.loads(line)
                    if "hello" in message:
                        if message["hello"] != "secret":
                            return
                        self.wfile.write(say(HELLO))
                        continue
                    for part in answer(message):
                        self.wfile.write(part)
                    if not answer(message) or not answer(message)[-1].endswith(b"\n"):
                        return

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return Agent(AgentAddress("127.0.0.1", server.server_address[1], "secret"))

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_ping_tells_the_series(serve: Callable[[Answer], Agent]) -> None:
    assert serve(lambda _: []).ping().series == "19.0"


def test_a_wrong_token_is_an_agent_error(serve: Callable[[Answer], Agent]) -> None:
    agent = serve(lambda _: [])
    stranger = Agent(AgentAddress(agent.address.host, agent.address.port, "guess"))
    with pytest.raises(AgentError, match="closed the connection during hello"):
        stranger.ping()


def test_nobody_listening_is_an_agent_error() -> None:
    with pytest.raises(AgentError, match="cannot be reached"):
        Agent(AgentAddress("127.0.0.1", 1, "secret")).ping()


def test_progress_is_said_while_modules_load(serve: Callable[[Answer], Agent]) -> None:
    agent = serve(
        lambda m: [
            say({"id": m["id"], "event": {"progress": "Loading module mail (1/2)"}}),
            say({"id": m["id"], "ok": {"log": [LINE], "queries": 5, "seconds": 1.5}}),
        ]
    )
    lines: list[str] = []
    done = agent.install("db", ["mail"], auto_install=True, say=lines.append)
    assert lines == ["Loading module mail (1/2)"]
    assert (done.queries, done.seconds, done.log[0].message) == (5, 1.5, "careful")


def test_a_fault_of_the_release_keeps_traceback_and_log(serve: Callable[[Answer], Agent]) -> None:
    error = {
        "type": "ReleaseError",
        "message": "ValueError: bad data",
        "traceback": "Traceback ...",
        "kind": "release",
        "log": [LINE],
        "file": "/mnt/x/models/a.py",
        "line": 3,
    }
    agent = serve(lambda m: [say({"id": m["id"], "error": error})])
    with pytest.raises(ReleaseFailure, match="bad data") as caught:
        agent.update("db", ["x"])
    assert caught.value.exit_code is ExitCode.NO_GO
    assert (caught.value.file, caught.value.line, caught.value.log[0].message) == (
        "/mnt/x/models/a.py",
        3,
        "careful",
    )


def test_any_other_error_is_infrastructure(serve: Callable[[Answer], Agent]) -> None:
    error = {"type": "OperationalError", "message": "no server", "traceback": "t", "kind": "infrastructure"}
    agent = serve(lambda m: [say({"id": m["id"], "error": error})])
    with pytest.raises(AgentError, match="could not update: no server"):
        agent.update("db", ["x"])


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "closed the connection during files_drop"),
        ([b'{"id": 1, "o'], "closed the connection during files_drop"),
        ([b"nonsense\n"], "unreadable"),
        ([b"[]\n"], "unreadable"),
        ([b'{"id": 99, "ok": {}}\n'], "something else"),
    ],
)
def test_a_broken_answer_is_an_agent_error(serve: Callable[[Answer], Agent], parts: list[bytes], message: str) -> None:
    agent = serve(lambda _: parts)
    with pytest.raises(AgentError, match=message):
        agent.files_drop("db")


def test_a_session_runs_tests_and_ends_classes(serve: Callable[[Answer], Agent]) -> None:
    result = {
        "outcome": "skipped",
        "reason": "Chrome executable not found",
        "traceback": "",
        "duration": 0.1,
        "queries": 3,
        "log": [LINE],
        "subtests": [{"outcome": "failed", "name": "n=1", "traceback": "t"}],
        "artifacts": ["/tmp/a.png"],
    }

    def answer(message: dict[str, Any]) -> list[bytes]:
        opened = {"port": 1234, "log": []}
        return [say({"id": message["id"], "ok": opened if message["command"] == "open" else result})]

    with serve(answer).session("db", lane="at_install", module="x") as session:
        outcome = session.run_test(TEST["id"])  # type: ignore[arg-type]
        assert session.port == 1234
    assert (outcome.outcome, outcome.reason) == (Outcome.SKIPPED, "Chrome executable not found")
    assert outcome.subtests[0].outcome is Outcome.FAILED


def test_an_outcome_without_a_reason_is_refused(serve: Callable[[Answer], Agent]) -> None:
    result = {
        "outcome": "failed",
        "reason": "",
        "traceback": "",
        "duration": 0.1,
        "log": [],
        "subtests": [],
        "artifacts": [],
    }

    def answer(message: dict[str, Any]) -> list[bytes]:
        opened = {"port": 1234, "log": []}
        return [say({"id": message["id"], "ok": opened if message["command"] == "open" else result})]

    with serve(answer).session("db") as session, pytest.raises(ValueError, match="without a reason"):
        session.run_test("x")


def test_a_listing_survives_the_way_through_a_file() -> None:
    error = {
        "module": "y",
        "file": "/mnt/y/models/a.py",
        "line": 3,
        "type": "SyntaxError",
        "message": "invalid syntax",
        "traceback": "t",
    }
    listing = Listing.from_json({"tests": [TEST], "files": ["/mnt/x/tests/test_a.py"], "errors": [error]})
    assert Listing.from_json(json.loads(json.dumps(listing.to_json()))) == listing
