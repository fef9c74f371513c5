"""Removes what runs that died left behind: containers and networks whose run holds its lock no more."""

from __future__ import annotations

from pathlib import Path

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.models.networks import Network

from odoo_gate.cache import cache_dir
from odoo_gate.model import Say, silent
from odoo_gate.stack.client import docker_client, engine_errors
from odoo_gate.stack.identity import cache_identity
from odoo_gate.stack.labels import Labels
from odoo_gate.stack.liveness import forget_dead_runs, is_alive

_CONFLICT = 409


def sweep(say: Say = silent, *, cache: Path | None = None, client: docker.DockerClient | None = None) -> int:
    """Remove the containers, anonymous volumes and networks of dead runs; say how many objects that were.

    Only objects made with the same cache folder are looked at: of others, nobody here can know whether they
    live. Raises StackError when the engine fails.
    """
    place = cache or cache_dir()
    engine = client or docker_client()
    labels = Labels(run="", cache=cache_identity(place))
    with engine_errors("sweeping what dead runs left"):
        containers = engine.containers.list(all=True, filters={"label": labels.filter_of_cache()}, ignore_removed=True)
        networks = engine.networks.list(filters={"label": labels.filter_of_cache()})
        dead_containers = [found for found in containers if _is_dead(found.labels, place)]
        dead_networks = [found for found in networks if _is_dead(found.attrs.get("Labels") or {}, place)]
        for container in dead_containers:
            remove_container(container)
        for network in dead_networks:
            remove_network(network)
    forget_dead_runs(place)
    count = len(dead_containers) + len(dead_networks)
    if count:
        say(f"swept {count} containers and networks of runs that were killed")
    return count


def remove_container(container: Container) -> None:
    """Kill and remove, with its anonymous volumes; being gone already is fine."""
    try:
        container.remove(force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        if error.status_code != _CONFLICT:  # 409: somebody else is removing it right now
            raise


def remove_network(network: Network) -> None:
    """Take everything still attached off it, then remove it; being gone already is fine."""
    try:
        network.reload()
        for container_id in network.attrs.get("Containers") or {}:
            _take_off(container_id, network)
        network.remove()
    except NotFound:
        return


def _take_off(container_id: str, network: Network) -> None:
    """One that has gone meanwhile is off it: another run that sweeps, or that left the store's server, was faster."""
    try:
        network.disconnect(container_id, force=True)
    except APIError:
        network.reload()
        if container_id in (network.attrs.get("Containers") or {}):
            raise


def _is_dead(labels: dict[str, str], cache: Path) -> bool:
    return not is_alive(cache, labels[Labels.RUN])
