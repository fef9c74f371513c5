"""One way to reach a running Odoo: straight to a worker, or through the ingress as a browser far away does."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from odoo_gate.stack.ingress import Ingress

_TIMEOUT = 60.0
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers as sent (repeated ones too), body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of that name; empty when there is none."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.headers if key.lower() == name.lower())


@dataclass(frozen=True, slots=True)
class Door:
    """Where requests go: always to `address`:`port`, whatever `host` they are addressed to.

    `authority` is the PEM of the authority to trust, empty for a door without TLS.
    """

    address: str
    port: int
    host: str
    authority: bytes = b""

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        timeout: float = _TIMEOUT,
    ) -> Answer:
        """One request on a connection of its own. Raises OSError (ssl.SSLError among them), http.client.HTTPException.

        A `Content-Length` among `headers` is sent as given.
        """
        connection = self._connect(timeout)
        try:
            connection.request(method, path, body or None, {"Host": self.host, **(headers or {})})
            answer = connection.getresponse()
            content = b"" if answer.status == http.client.SWITCHING_PROTOCOLS else answer.read()
            return Answer(answer.status, tuple(answer.getheaders()), content)
        finally:
            connection.close()

    def call(self, path: str, params: object, headers: Mapping[str, str] | None = None) -> tuple[Answer, Any]:
        """A JSON-RPC call as Odoo's web client makes it: the answer, and its body parsed (None when it is no JSON)."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}).encode()
        answer = self.ask("POST", path, body, {**_JSON, **(headers or {})})
        try:
            return answer, json.loads(answer.body)
        except ValueError:
            return answer, None

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self.address, self.port, timeout=timeout)
        connection.sock = socket.create_connection((self.address, self.port), timeout=timeout)
        if self.authority:
            try:
                context = ssl.create_default_context(cadata=self.authority.decode())
                connection.sock = context.wrap_socket(connection.sock, server_hostname=self.host)
            except OSError:
                connection.close()
                raise
        return connection


def straight_door(url: str) -> Door:
    """To a worker itself, past the ingress."""
    parts = urlsplit(url)
    return Door(str(parts.hostname), int(parts.port or 0), str(parts.hostname))


def front_door(ingress: Ingress) -> Door:
    """Through the ingress, with TLS."""
    return Door(ingress.address, ingress.https_port, ingress.host, ingress.authority)


def plain_door(ingress: Ingress) -> Door | None:
    """Through the ingress without TLS; None when it listens nowhere without."""
    return None if ingress.http_port is None else Door(ingress.address, ingress.http_port, ingress.host)
