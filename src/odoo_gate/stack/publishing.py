"""On which address a run's ports are published: never on one that others can reach without need."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from odoo_gate.errors import StackError

LOOPBACK = "127.0.0.1"


def published_on(docker_host: str) -> str:
    """The one address on which an engine at `docker_host` publishes ports and this machine reaches them.

    For a local engine that is 127.0.0.1. For an engine elsewhere (Docker in Docker on a CI service, a build
    host over ssh) it is the address the engine itself is reached at, and no other.

    Raises StackError when the host name of the engine does not resolve.
    """
    parts = urlsplit(docker_host)
    host = parts.hostname if parts.scheme in ("tcp", "http", "https", "ssh") else None
    if host is None or host == "localhost":
        return LOOPBACK
    try:
        return socket.gethostbyname(host)
    except OSError as error:
        raise StackError(
            f"the host of DOCKER_HOST={docker_host} does not resolve: {error}", hint="correct DOCKER_HOST"
        ) from error


def free_port(address: str) -> int:
    """A port nobody listens on at `address` right now; an engine elsewhere may still find it taken."""
    with socket.socket() as probe:
        probe.bind((address if address == LOOPBACK else "", 0))
        return int(probe.getsockname()[1])
