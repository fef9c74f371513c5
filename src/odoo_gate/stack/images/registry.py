"""Pull an image, or find out quickly that no registry answers."""

from __future__ import annotations

import docker
from docker.errors import APIError, DockerException, NotFound
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from odoo_gate.errors import ImageError
from odoo_gate.model import Say
from odoo_gate.stack.client import docker_client

_PROBE_TIMEOUT = 15.0
"""Seconds to wait for the first answer about an image; behind a firewall that drops there never is one."""


class NotPulled(ImageError):
    """The image could not be had from its registry; the message says why."""


class Registries:
    """The registries the engine can reach; one that did not answer is not asked again during this run."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._silent: dict[str, str] = {}

    def pull(self, client: docker.DockerClient, reference: str) -> None:
        """Bring `reference` into the engine. Raises NotPulled; a dead registry costs at most 15 s, once."""
        host = registry_host(reference)
        if host in self._silent:
            raise _not_pulled(reference, self._silent[host])
        self._probe(reference, host)
        self._say(f"pulling {reference}")
        repository, tag = split_reference(reference)
        try:
            for event in client.api.pull(repository, tag=tag, stream=True, decode=True):
                if "error" in event:
                    raise _not_pulled(reference, str(event["error"]))
            client.images.get(reference)
        except (DockerException, RequestException, HTTPError) as error:
            raise _not_pulled(reference, str(error)) from error

    def _probe(self, reference: str, host: str) -> None:
        try:
            docker_client(_PROBE_TIMEOUT).images.get_registry_data(reference)
        except NotFound as error:
            raise _not_pulled(reference, str(error.explanation)) from error
        except APIError as error:
            reason = str(error.explanation or error)
            if error.status_code not in {401, 403, 429}:
                self._silent[host] = reason
            raise _not_pulled(reference, reason) from error
        except (DockerException, RequestException) as error:
            self._silent[host] = f"no answer within {_PROBE_TIMEOUT:g} s"
            raise _not_pulled(reference, self._silent[host]) from error


def registry_host(reference: str) -> str:
    """The registry a reference names; empty for the engine's default one."""
    first, slash, _ = reference.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else ""


def split_reference(reference: str) -> tuple[str, str]:
    """`repository[:tag]` or `repository@digest` → (repository, tag or digest)."""
    repository, at, digest = reference.partition("@")
    if at:
        return repository, digest
    head, colon, tag = reference.rpartition(":")
    if colon and "/" not in tag:
        return head, tag
    return reference, "latest"


def _not_pulled(reference: str, reason: str) -> NotPulled:
    return NotPulled(
        f"image {reference} could not be pulled: {reason}",
        hint="make its registry reachable (`docker login` where it asks for it), or `docker load` the image",
    )
