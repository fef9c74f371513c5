"""The environment as git defines it: odoo.conf, compose files, Kubernetes manifests, `.env`, databases' settings."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from odoo_gate.errors import SettingsError
from odoo_gate.model import Place
from odoo_gate.parity.services import (
    Service,
    Value,
    Values,
    containers_of,
    environment_of,
    mounts_of,
    options_of,
    role_of,
    words_of,
)
from odoo_gate.parity.variables import Variables, read_env
from odoo_gate.settings import Settings

_ENV = re.compile(r"^(?:\.env.*|.*\.env)$")
_CONF = (".conf", ".cfg", ".ini")
_YAML = (".yaml", ".yml", ".json")
_POD_KINDS = ("Pod", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet")
_DIRECTIVE = re.compile(r"^\s*([A-Za-z][\w.-]*)\s*(?:=\s*|\s+)(.*?)\s*$")


@dataclass(frozen=True)
class Definition:
    """All that the files say. `odoo`, `postgres` and `redis` are settings by name; `unread` files nobody understood.

    A setting has every value that some file gives it: none may hide another. A command line alone overrides files.
    """

    files: tuple[str, ...]
    services: tuple[Service, ...]
    variables: Variables
    odoo: Mapping[str, Values]
    postgres: Mapping[str, Values]
    redis: Mapping[str, Values]
    requirements: tuple[tuple[str, Place], ...]
    unread: tuple[str, ...]

    def of_role(self, role: str) -> tuple[Service, ...]:
        return tuple(service for service in self.services if service.role == role)


def read_definition(settings: Settings) -> Definition:
    """The definition that `[parity] definition` names. Raises SettingsError for a file that cannot be read."""
    names = list(_files(settings))
    texts = {name: _text(settings, name) for name in names}
    variables = Variables.of({name: read_env(texts[name]) for name in names if _ENV.match(PurePosixPath(name).name)})
    draft = _Draft(settings, variables)
    for name, text in texts.items():
        draft.read(name, text)
    return Definition(
        tuple(names),
        tuple(draft.services),
        variables,
        draft.settings_of("odoo"),
        draft.settings_of("postgres"),
        draft.settings_of("redis"),
        tuple(draft.requirements),
        tuple(draft.unread),
    )


def _files(settings: Settings) -> Iterator[str]:
    for written in settings.parity.definition:
        path = settings.root / written
        if path.is_dir():
            yield from sorted(each.relative_to(settings.root).as_posix() for each in path.rglob("*") if each.is_file())
        elif path.is_file():
            yield written
        else:
            raise SettingsError(
                f"{settings.source('parity.definition')}: parity.definition names {written!r}, which is not there",
                hint="correct parity.definition in gate.toml",
            )


def _text(settings: Settings, name: str) -> str:
    try:
        return (settings.root / name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name} cannot be read: {error}", hint="correct parity.definition in gate.toml") from error


class _Draft:
    """Collects what each file says."""

    def __init__(self, settings: Settings, variables: Variables) -> None:
        self._settings = settings
        self._variables = variables
        self.services: list[Service] = []
        self._in_files: dict[str, list[tuple[str, Value]]] = {"odoo": [], "postgres": [], "redis": []}
        self._on_command_lines: dict[str, list[tuple[str, Value]]] = {"odoo": [], "postgres": [], "redis": []}
        self.requirements: list[tuple[str, Place]] = []
        self.unread: list[str] = []

    def settings_of(self, role: str) -> dict[str, Values]:
        """Every value of every setting of a role."""
        flags, files = self._on_command_lines[role], self._in_files[role]
        overridden = {name for name, _ in flags}
        found: dict[str, Values] = {}
        for name, value in [*flags, *(each for each in files if each[0] not in overridden)]:
            found[name] = (*found.get(name, ()), value)
        return found

    def read(self, name: str, text: str) -> None:
        path = PurePosixPath(name)
        if _ENV.match(path.name) or name == self._settings.stack.ingress_conf:
            return  # variables are read before; the ingress is tested with its very file
        if path.suffix in _YAML:
            self._read_yaml(name, text)
        elif path.suffix == ".txt" and "require" in path.name:
            self._read_requirements(name, text)
        elif path.suffix in _CONF and "redis" in path.name:
            self._in_files["redis"] += _directives(name, text)
        elif path.suffix in _CONF and ("postgres" in path.name or path.name.startswith("pg")):
            self._in_files["postgres"] += _directives(name, text)
        elif path.suffix in _CONF and "[options]" in text:
            self._read_odoo_conf(name, text)
        else:
            self.unread.append(name)

    def _read_odoo_conf(self, name: str, text: str) -> None:
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(text)
        except configparser.Error as error:
            raise SettingsError(f"{name} cannot be read: {error}", hint="correct the file") from error
        for key, value in parser["options"].items():
            place = Place(name, _line_of(text, key))
            self._in_files["odoo"].append((key, Value(self._variables.fill(value), place)))

    def _read_requirements(self, name: str, text: str) -> None:
        for number, line in enumerate(text.splitlines(), start=1):
            written = line.split(" #")[0].strip()
            if written and not written.startswith(("#", "-")):
                self.requirements.append((written, Place(name, number)))

    def _read_yaml(self, name: str, text: str) -> None:
        try:
            documents = [each for each in yaml.safe_load_all(text) if isinstance(each, dict)]
        except yaml.YAMLError as error:
            raise SettingsError(f"{name} is no YAML: {error}", hint="correct the file") from error
        understood = False
        for document in documents:
            if isinstance(document.get("services"), dict):
                understood = True
                for key, service in document["services"].items():
                    self._take(name, text, str(key), service if isinstance(service, dict) else {})
            elif document.get("kind") in _POD_KINDS:
                understood = True
                for container in containers_of(document):
                    self._take(name, text, str(container.get("name", "")), container)
            elif document.get("kind") == "ConfigMap":
                understood = True
                for key, value in (document.get("data") or {}).items():
                    self._read_in_map(name, str(key), str(value))
            elif "kind" in document:
                understood = True
        if not understood:
            self.unread.append(name)

    def _read_in_map(self, name: str, key: str, text: str) -> None:
        place = Place(name)
        if "[options]" in text:
            parser = configparser.RawConfigParser(strict=False)
            parser.read_string(text)
            options = parser["options"].items()
            self._in_files["odoo"] += [(each, Value(self._variables.fill(value), place)) for each, value in options]
        elif "postgres" in key:
            self._in_files["postgres"] += [(each, Value(value.text, place)) for each, value in _directives(name, text)]
        elif "redis" in key:
            self._in_files["redis"] += [(each, Value(value.text, place)) for each, value in _directives(name, text)]

    def _take(self, name: str, text: str, key: str, plain: Mapping[str, Any]) -> None:
        image = self._variables.fill(str(plain["image"])) if plain.get("image") else ""
        raw = str(plain.get("image", ""))
        role = self._settings.parity.services.get(key) or role_of(key, raw)
        place = Place(name, _line_of(text, str(raw)) if raw else _line_of(text, f"{key}:"))
        deploy = plain.get("deploy") if isinstance(plain.get("deploy"), dict) else {}
        service = Service(
            key,
            role,
            Value(raw if self._variables.is_open(raw) else image, place) if raw else None,
            tuple(
                self._variables.fill(each) for each in [*words_of(plain.get("command")), *words_of(plain.get("args"))]
            ),
            {k: self._variables.fill(v) for k, v in environment_of(plain.get("environment", plain.get("env")))},
            dict(mounts_of(name, plain.get("volumes", []))),
            int((deploy or {}).get("replicas", 1)),
            str(plain.get("user", (plain.get("securityContext") or {}).get("runAsUser", ""))),
        )
        self.services.append(service)
        if role in self._on_command_lines:
            self._on_command_lines[role] += [(option, Value(value, place)) for option, value in options_of(service)]


def _directives(name: str, text: str) -> Iterator[tuple[str, Value]]:
    for number, line in enumerate(text.splitlines(), start=1):
        match = _DIRECTIVE.match(line.split("#")[0])
        if match and match.group(2):
            yield match.group(1).lower(), Value(match.group(2).strip("'\""), Place(name, number))


def _line_of(text: str, what: str) -> int | None:
    return next((n for n, line in enumerate(text.splitlines(), start=1) if line.lstrip(" -\"'").startswith(what)
                 or what in line), None)  # fmt: skip
