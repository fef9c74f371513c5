"""What runs in an environment: compose services and containers of pods, in the same words."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from odoo_gate.model import Place

_SIGNS = {"postgres": ("postgres", "postgis"), "redis": ("redis", "valkey"), "odoo": ("odoo",)}
"""What in the name of an image or a service says its role."""


@dataclass(frozen=True, slots=True)
class Value:
    """A setting as the definition has it, and where."""

    text: str
    place: Place


Values = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A compose service or a container of a pod. `mounts` maps a path inside to one of the project."""

    name: str
    role: str
    image: Value | None
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: Mapping[str, str] = field(default_factory=dict)
    replicas: int = 1
    user: str = ""


def role_of(name: str, image: str) -> str:
    """What a service is, by its image first, then by its name; empty when neither says it."""
    for text in (image.rpartition("/")[2], name):
        lower = text.lower()
        for role, signs in _SIGNS.items():
            if any(sign in lower for sign in signs):
                return role
    return ""


def containers_of(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every container below any `containers:`, however deep the kind puts its pod."""
    for key, value in document.items():
        if key in ("containers", "initContainers") and isinstance(value, list):
            yield from (each for each in value if isinstance(each, dict))
        elif isinstance(value, dict):
            yield from containers_of(value)


def words_of(command: object) -> list[str]:
    if isinstance(command, str):
        return command.split()
    return [str(each) for each in command] if isinstance(command, list) else []


def environment_of(plain: object) -> Iterator[tuple[str, str]]:
    if isinstance(plain, dict):
        yield from ((str(key), "" if value is None else str(value)) for key, value in plain.items())
    for each in plain if isinstance(plain, list) else []:
        if isinstance(each, dict) and "value" in each:
            yield str(each.get("name", "")), str(each["value"])
        elif isinstance(each, str):
            key, _, value = each.partition("=")
            yield key, value


def mounts_of(file: str, plain: object) -> Iterator[tuple[str, str]]:
    """Bind mounts of the checkout's own files: path inside → path relative to the project."""
    for each in plain if isinstance(plain, list) else []:
        source, target = "", ""
        if isinstance(each, str) and each.startswith("."):
            source, target = [*each.split(":"), ""][:2]
        elif isinstance(each, dict) and str(each.get("source", "")).startswith("."):
            source, target = str(each["source"]), str(each.get("target", ""))
        if source and target:
            yield target.rstrip("/"), posixpath.normpath(posixpath.join(posixpath.dirname(file), source))


_FLAGS = {
    "load": "server_wide_modules",
    "db-filter": "dbfilter",
    "database": "db_name",
    "no-database-list": "list_db",
    "log-handler": "log_handler",
}


def options_of(service: Service) -> Iterator[tuple[str, str]]:
    """Settings on a command line: `--workers=9` of Odoo, `-c jit=off` of PostgreSQL, `--maxmemory 1gb` of Redis."""
    words = list(service.command)
    while words:
        word = words.pop(0)
        if service.role == "postgres" and word == "-c" and words:
            key, _, value = words.pop(0).partition("=")
            yield key, value
        elif word.startswith("--"):
            key, separator, value = word[2:].partition("=")
            if not separator and words and not words[0].startswith("-"):
                value = words.pop(0)
            switch = "False" if key.startswith("no-") else "True"
            name = _FLAGS.get(key, key.replace("-", "_")) if service.role == "odoo" else key
            yield name, value or switch
