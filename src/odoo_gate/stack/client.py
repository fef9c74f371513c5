"""The one place that makes a Docker client and gives the engine's failures our words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import docker
from docker.errors import APIError, DockerException
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from odoo_gate.errors import StackError

_TIMEOUT = 300.0


def docker_client(timeout: float = _TIMEOUT) -> docker.DockerClient:
    """A client of the engine that `DOCKER_HOST` (and `DOCKER_TLS_VERIFY`, `DOCKER_CERT_PATH`) names.

    `timeout` in seconds bounds every call, and every silence within a streamed one. Raises StackError when no
    engine answers.
    """
    try:
        client = docker.from_env(timeout=int(timeout))
        client.ping()
    except (DockerException, RequestException, OSError) as error:
        raise StackError(f"no Docker engine answers at {_where()}: {_cause(error)}", hint=_next_step()) from error
    return client


@contextmanager
def engine_errors(doing: str) -> Iterator[None]:
    """Turn what the engine or the connection to it raises inside the block into a StackError.

    `doing` completes "Docker failed while ...".
    """
    try:
        yield
    except APIError as error:
        reason = str(error.explanation or error)
        raise StackError(f"Docker failed while {doing}: {reason}", hint=_hint_for(reason)) from error
    except (DockerException, RequestException, HTTPError) as error:
        raise StackError(
            f"the Docker engine at {_where()} went away while {doing}: {_cause(error)}", hint=_next_step()
        ) from error


def _cause(error: Exception) -> str:
    """The operating system's own words, where the layers between wrapped them; else all of it."""
    told = re.findall(r"\[Errno \d+\] ([^'\")]+)|(?:Error\(\d+, '([^']+)')", str(error))
    return next((word for words in reversed(told) for word in words if word), str(error))


def _hint_for(reason: str) -> str:
    if "no space left on device" in reason.lower():
        return "free disk space on the Docker engine's disk (`docker system df` shows what takes it)"
    if "port is already allocated" in reason or "address already in use" in reason:
        return "another program holds the port; stop it, or run again to get another port"
    return "`odoo-gate doctor` checks the engine"


def _where() -> str:
    return os.environ.get("DOCKER_HOST") or "the local socket"


def _next_step() -> str:
    if os.environ.get("DOCKER_HOST"):
        return "start the engine DOCKER_HOST names, or unset DOCKER_HOST to use the local one"
    if os.geteuid() != 0:
        return "start Docker; if it runs, add yourself to the group `docker` or use rootless Docker"
    return "start Docker (`systemctl start docker`, or `scripts/ensure-docker.sh` in a checkout of odoo-gate)"
