"""Ports that the environment's definition publishes past the ingress: compose files and Kubernetes manifests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from odoo_gate.model import Finding, Place, Severity

_PRIVATE = {
    8069: "Odoo's HTTP port",
    8071: "Odoo's HTTPS port",
    8072: "Odoo's websocket port",
    5432: "PostgreSQL",
    6379: "Redis",
}
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
_OUTSIDE = ("NodePort", "LoadBalancer")


def publication_findings(root: Path, definition: Sequence[str]) -> list[Finding]:
    """What the files or folders `definition`, relative to `root`, publish that only the ingress may reach."""
    if not definition:
        message = "gate.toml names no [parity] definition: whether Odoo's own port is published was not judged"
        return [Finding("publication-not-judged", message, Severity.WARNING, remedy="name production's definition")]
    documents, found = _documents(root, definition)
    if not documents and not found:
        message = "the [parity] definition holds no YAML document: whether Odoo's own port is published is not known"
        return [Finding("empty-definition", message, remedy="name the compose file or the manifests")]
    for document, place in documents:
        found += [*_of_compose(document, place), *_of_kubernetes(document, place)]
    return found


def role_findings(root: Path, definition: Sequence[str]) -> list[Finding]:
    """Where the definition lets Odoo work as the superuser of its database server."""
    documents, _ = _documents(root, definition)
    return [finding for document, place in documents for finding in _superusers(document, place)]


def _documents(root: Path, definition: Sequence[str]) -> tuple[list[tuple[dict[str, Any], Place]], list[Finding]]:
    """Every YAML mapping of the definition, and what could not be read."""
    documents: list[tuple[dict[str, Any], Place]] = []
    unreadable: list[Finding] = []
    for file in _files(root, definition):
        place = Place(file.relative_to(root).as_posix())
        try:
            parsed = list(yaml.safe_load_all(file.read_text("utf-8")))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            message = f"it cannot be read: {error}"
            unreadable.append(Finding("unreadable-definition", message, place=place, remedy="correct it"))
            continue
        documents += [(each, place) for each in parsed if isinstance(each, dict)]
    return documents, unreadable


def _files(root: Path, definition: Sequence[str]) -> Iterator[Path]:
    for name in definition:
        path = root / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (each for each in found if each.suffix in (".yaml", ".yml") and each.is_file())


def _of_compose(document: dict[str, Any], place: Place) -> Iterator[Finding]:
    services = document.get("services")
    for name, service in services.items() if isinstance(services, dict) else ():
        for published in (service or {}).get("ports") or ():
            target, host = _compose_port(published)
            if target in _PRIVATE and host not in _LOOPBACK:
                yield _published(f"service {name}", target, place)


def _superusers(document: dict[str, Any], place: Place) -> Iterator[Finding]:
    """The user that PostgreSQL's image makes is a superuser, and the official Odoo image connects as `USER`."""
    services = document.get("services")
    environments = {
        name: _environment(service) for name, service in (services.items() if isinstance(services, dict) else ())
    }
    superusers = {name: each["POSTGRES_USER"] for name, each in environments.items() if "POSTGRES_USER" in each}
    for name, each in environments.items():
        role = each.get("USER", "")
        if role and superusers.get(each.get("HOST", "")) == role:
            yield Finding(
                "database-superuser",
                f"service {name} connects to {each['HOST']} as {role}, the superuser that POSTGRES_USER makes there: "
                "whoever finds a hole in Odoo commands the database server",
                Severity.WARNING,
                place,
                remedy="let POSTGRES_USER be another, and make Odoo's role with NOSUPERUSER when the cluster is made",
            )


def _environment(service: object) -> dict[str, str]:
    """Of a compose service, written as a mapping or as a list of `NAME=value`."""
    written = service.get("environment") if isinstance(service, dict) else None
    if isinstance(written, list):
        return dict(str(each).partition("=")[::2] for each in written)
    return {str(key): str(value) for key, value in (written or {}).items()}


def _compose_port(published: object) -> tuple[int | None, str]:
    """The container's port and the address it is published on, of the long or the short form."""
    if isinstance(published, dict):
        return _number(published.get("target")), str(published.get("host_ip", ""))
    parts = str(published).partition("/")[0].rsplit(":", 2)
    return _number(parts[-1].partition("-")[0]), parts[0] if len(parts) > 2 else ""


def _of_kubernetes(document: dict[str, Any], place: Place) -> Iterator[Finding]:
    spec = document.get("spec")
    if document.get("kind") != "Service" or not isinstance(spec, dict) or spec.get("type") not in _OUTSIDE:
        return
    name = (document.get("metadata") or {}).get("name", "?")
    for port in spec.get("ports") or ():
        target = _number(port.get("targetPort", port.get("port")))
        if target in _PRIVATE:
            yield _published(f"the {spec['type']} {name}", target, place)


def _number(value: object) -> int | None:
    return int(str(value)) if str(value).isdigit() else None


def _published(what: str, port: int, place: Place) -> Finding:
    return Finding(
        "port-published",
        f"{what} publishes {port} ({_PRIVATE[port]}) past the ingress: what the proxy refuses is open there",
        place=place,
        remedy="publish the proxy's ports only; let it reach the others over a private network",
    )
