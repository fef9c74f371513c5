"""Pins what testcontainers would otherwise guess: the address of published ports, and whether Ryuk runs."""

from __future__ import annotations

import docker
from docker.errors import APIError, DockerException, ImageNotFound
from testcontainers.core.config import testcontainers_config


def pin_testcontainers(client: docker.DockerClient, address: str) -> None:
    """Make testcontainers use `address`, and Ryuk exactly when its image is here or can be pulled.

    The settings object is set, not the environment. The user's own `TESTCONTAINERS_RYUK_DISABLED=true` stays
    in force. Without Ryuk nothing is lost but time: every run sweeps what dead runs left.
    """
    testcontainers_config.tc_host_override = address
    if testcontainers_config.ryuk_disabled:
        return
    if not _can_be_had(client, testcontainers_config.ryuk_image):
        testcontainers_config._ryuk_disabled = True


def _can_be_had(client: docker.DockerClient, image: str) -> bool:
    try:
        client.images.get(image)
    except ImageNotFound:
        return _pull(client, image)
    return True


def _pull(client: docker.DockerClient, image: str) -> bool:
    try:
        client.images.pull(image)
    except (APIError, DockerException):
        return False
    return True
