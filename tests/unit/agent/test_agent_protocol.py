from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from odoo_gate.odoo.agent.errors import AgentFailure, ReleaseError
from odoo_gate.odoo.agent.protocol import Channel


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, Channel]]:
    host, agent = socket.socketpair()
    with host, agent:
        yield host, Channel(agent)


def received(host: socket.socket) -> dict[str, object]:
    return dict(json.loads(host.makefile("rb").readline()))


def test_reads_one_message_a_line(line: tuple[socket.socket, Channel]) -> None:
    host, channel = line
    host.sendall(b'{"hello": "x"}\n{"id": 1}\n')
    assert channel.read_line() == {"hello": "x"}
    assert channel.read_line() == {"id": 1}


def test_a_truncated_message_is_the_end(line: tuple[socket.socket, Channel]) -> None:
    host, channel = line
    host.sendall(b'{"id": 1')
    host.close()
    assert channel.read_line() is None


def test_a_message_that_is_no_object_is_refused(line: tuple[socket.socket, Channel]) -> None:
    host, channel = line
    host.sendall(b"[1]\n")
    with pytest.raises(TypeError):
        channel.read_line()


def test_a_release_error_is_told_as_such_with_its_details(line: tuple[socket.socket, Channel]) -> None:
    host, channel = line
    channel.refuse({"id": 7}, ReleaseError("broken", file="/x.py", line=3))
    answer = received(host)
    assert answer["id"] == 7
    error = dict(answer["error"])  # type: ignore[call-overload]
    assert (error["kind"], error["message"], error["file"], error["line"]) == ("release", "broken", "/x.py", 3)


@pytest.mark.parametrize("error", [AgentFailure("no"), ValueError("no")])
def test_anything_else_is_infrastructure(line: tuple[socket.socket, Channel], error: Exception) -> None:
    host, channel = line
    channel.refuse({"id": 1}, error)
    assert received(host)["error"]["kind"] == "infrastructure"  # type: ignore[index]
