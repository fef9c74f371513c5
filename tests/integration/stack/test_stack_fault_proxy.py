"""The fault proxy with real sockets on 127.0.0.1: the program that runs in a container, started here."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from odoo_gate.errors import StackError
from odoo_gate.stack.fault_proxy import FaultProxy, Toxic
from odoo_gate.stack.programs import Control, Program

TOKEN = "test-token"
HELLO = b"hello " * 100


class Echo:
    """A server that returns what it gets, byte for byte, and keeps it."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.heard = b""
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65536):
                    self.heard += data
                    connection.sendall(data)
            except OSError:
                return  # the fault under test


@contextmanager
def program(module: str, settings: dict) -> Iterator[dict]:
    """A program of `inside` as its container would start it; gives the ports it prints."""
    given = {"host": "127.0.0.1", "control_port": 0, "token": TOKEN, **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", f"odoo_gate.stack.inside.{module}"],
        env={**os.environ, "ODOO_GATE_INSIDE": json.dumps(given)},
        stdout=subprocess.PIPE,
    )
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def control_of(port: int, token: str = TOKEN) -> Control:
    url = f"http://127.0.0.1:{port}"
    return Control(url, url, token)


@pytest.fixture(scope="module")
def echo():
    return Echo()


@pytest.fixture(scope="module")
def started(echo):
    upstream = {"echo": {"listen": 0, "upstream": f"127.0.0.1:{echo.port}"}}
    with program("fault_proxy", {"proxies": upstream}) as ports:
        yield ports


@pytest.fixture
def proxy(started):
    proxy = FaultProxy(Program(None, control_of(started["control"])), started["proxies"])
    yield proxy
    proxy.reset()


@pytest.fixture
def connection(proxy):
    with socket.create_connection(("127.0.0.1", proxy.ports["echo"]), timeout=5) as connection:
        yield connection


def received(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (chunk := connection.recv(65536)):
        data += chunk
    return data


def test_without_a_toxic_bytes_pass_unchanged(connection):
    big = os.urandom(1_000_000)
    threading.Thread(target=connection.sendall, args=(big,)).start()
    assert received(connection, len(big)) == big


def test_latency_delays(proxy, connection):
    proxy.add("echo", Toxic("latency", attributes={"latency": 300}))
    started = time.monotonic()
    connection.sendall(HELLO)
    assert received(connection, len(HELLO)) == HELLO
    assert time.monotonic() - started >= 0.3
    assert proxy.struck("echo") == {"latency": 1}


def test_bandwidth_slows(proxy, connection):
    proxy.add("echo", Toxic("bandwidth", attributes={"rate": 2}))
    started = time.monotonic()
    connection.sendall(HELLO)
    assert received(connection, len(HELLO)) == HELLO
    assert time.monotonic() - started >= len(HELLO) / 2000


def test_slicer_cuts_small_and_loses_nothing(proxy, connection):
    proxy.add("echo", Toxic("slicer", attributes={"average_size": 50, "size_variation": 10, "delay": 20_000}))
    connection.sendall(HELLO)
    chunks = []
    while sum(map(len, chunks)) < len(HELLO):
        chunks.append(connection.recv(65536))
    assert b"".join(chunks) == HELLO
    assert len(chunks) >= 5


def test_limit_data_closes_in_the_middle(proxy, connection):
    proxy.add("echo", Toxic("limit_data", attributes={"bytes": 100}))
    connection.sendall(HELLO)
    assert received(connection, len(HELLO)) == HELLO[:100]


def test_timeout_closes_when_its_time_is_up(proxy, connection):
    proxy.add("echo", Toxic("timeout", attributes={"timeout": 300}))
    started = time.monotonic()
    connection.sendall(HELLO)
    assert received(connection, 1) == b""
    assert time.monotonic() - started >= 0.3


def test_timeout_without_end_stops_until_it_is_removed(proxy, connection):
    proxy.add("echo", Toxic("timeout"))
    connection.sendall(HELLO)
    connection.settimeout(0.3)
    with pytest.raises(TimeoutError):
        connection.recv(1)
    proxy.remove("echo", "timeout")
    connection.settimeout(5)
    assert received(connection, 1) == b""


def test_reset_peer_on_the_way_back_comes_after_the_server_heard(proxy, connection, echo):
    proxy.add("echo", Toxic("reset_peer"))
    before = len(echo.heard)
    connection.sendall(b"order")
    with pytest.raises(ConnectionResetError):
        connection.recv(1)
    assert echo.heard[before:] == b"order"


def test_reset_peer_on_the_way_there_comes_before_it(proxy, connection, echo):
    proxy.add("echo", Toxic("reset_peer", "upstream"))
    before = len(echo.heard)
    connection.sendall(b"order")
    with pytest.raises(ConnectionResetError):
        connection.recv(1)
    assert echo.heard[before:] == b""


def test_down_refuses_and_resets(proxy, connection):
    connection.sendall(b"x")
    assert connection.recv(1) == b"x"
    proxy.down("echo")
    with pytest.raises(ConnectionResetError):
        connection.recv(1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.ports["echo"]), timeout=5)
    proxy.up("echo")
    with socket.create_connection(("127.0.0.1", proxy.ports["echo"]), timeout=5) as again:
        again.sendall(b"y")
        assert again.recv(1) == b"y"


@pytest.mark.parametrize(
    "toxic", [Toxic("slow_close"), Toxic("latency", "sideways"), Toxic("latency", attributes={"delay": 1})]
)
def test_what_is_no_toxic_is_refused(proxy, toxic):
    with pytest.raises(StackError, match="400"):
        proxy.add("echo", toxic)


def test_who_has_no_token_directs_nothing(started):
    with pytest.raises(StackError, match="401"):
        control_of(started["control"], "guess").ask("POST", "/reset", {})


def test_a_server_that_is_not_there_resets():
    unused = socket.create_server(("127.0.0.1", 0))
    port = unused.getsockname()[1]
    unused.close()
    nowhere = {"gone": {"listen": 0, "upstream": f"127.0.0.1:{port}"}}
    with (
        program("fault_proxy", {"proxies": nowhere}) as ports,
        pytest.raises(ConnectionResetError),  # from the connection, or already while it is made
        socket.create_connection(("127.0.0.1", ports["proxies"]["gone"]), timeout=5) as connection,
    ):
        connection.recv(1)
