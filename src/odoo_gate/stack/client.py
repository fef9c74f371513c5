"""The one place that makes a Docker client."""

from __future__ import annotations

import os

import docker
from docker.errors import DockerException

from odoo_gate.errors import StackError

_TIMEOUT = 300.0
"""Seconds one call of the Docker API may take; committing and importing an image are the slow ones."""


def docker_client(timeout: float = _TIMEOUT) -> docker.DockerClient:
    """A client of the engine that `DOCKER_HOST` (and `DOCKER_TLS_VERIFY`, `DOCKER_CERT_PATH`) names.

    Raises StackError when no engine answers there.
    """
    where = os.environ.get("DOCKER_HOST") or "the local socket"
    try:
        client = docker.from_env(timeout=int(timeout))
        client.ping()
    except (DockerException, OSError) as error:
        raise StackError(f"no Docker engine answers at {where}: {error}", hint=_next_step()) from error
    return client


def _next_step() -> str:
    if os.environ.get("DOCKER_HOST"):
        return "start the engine DOCKER_HOST names, or unset DOCKER_HOST to use the local one"
    if os.geteuid() != 0:
        return "start Docker; if it runs, add yourself to the group `docker` or use rootless Docker"
    return "start Docker (`systemctl start docker`, or `scripts/ensure-docker.sh` in a checkout of odoo-gate)"
