"""Advisories in OSV form, read from disk: which apply to a version of a package, and of what date the data is."""

from __future__ import annotations

import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from odoo_gate.errors import InfrastructureError

EXPORT = "export.json"
"""A file of the folder or archive that says when the export was made: `{"exported": "2026-11-22T00:00:00Z"}`."""
_ECOSYSTEM = "PyPI"
_RANGES = ("ECOSYSTEM", "SEMVER")
_NEXT_STEP = "fetch a fresh OSV export of PyPI and name it in gate.toml: [security] advisories"


@dataclass(frozen=True)
class Advisories:
    """Every record about PyPI packages of one export. `exported` is None where the data does not say its date."""

    records: tuple[Mapping[str, Any], ...]
    exported: datetime | None

    @cached_property
    def by_package(self) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
        """Records by normalised package name."""
        found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for record in self.records:
            for name in {canonicalize_name(each["package"]["name"]) for each in _affected(record)}:
                found[name].append(record)
        return {name: tuple(records) for name, records in found.items()}

    @property
    def date(self) -> datetime | None:
        """The day the data speaks of: its export, else the newest change of a record. None: it does not say."""
        return self.exported or max((_time(record.get("modified")) for record in self.records), default=None)

    def affecting(self, name: str, version: Version) -> tuple[Mapping[str, Any], ...]:
        """The records that apply to `version` of a package, as OSV's own evaluation says."""
        package = canonicalize_name(name)
        return tuple(
            record
            for record in self.by_package.get(package, ())
            if any(
                canonicalize_name(each["package"]["name"]) == package and _is_affected(each, version)
                for each in _affected(record)
            )
        )


def read_advisories(path: Path) -> Advisories:
    """The OSV records below a folder (`*.json`, `*.jsonl`), in a `.zip` of them, or in one such file.

    Raises InfrastructureError when there are none, or one is not an OSV record of schema 1.
    """
    exported: datetime | None = None
    records: list[Mapping[str, Any]] = []
    for name, text in _texts(path):
        for document in _documents(name, text):
            if name.rpartition("/")[2] == EXPORT:
                exported = _time(document.get("exported"), name)
            elif _checked(document, name):
                records.append(document)
    if not records:
        raise InfrastructureError(f"{path} holds no advisory about PyPI packages", hint=_NEXT_STEP)
    return Advisories(tuple(records), exported)


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    try:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.suffix in (".json", ".jsonl"):
                    yield file.relative_to(path).as_posix(), file.read_text("utf-8")
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in sorted(archive.namelist()):
                    if name.endswith((".json", ".jsonl")):
                        yield name, archive.read(name).decode("utf-8")
        else:
            yield path.name, path.read_text("utf-8")
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise InfrastructureError(f"the advisories in {path} cannot be read: {error}", hint=_NEXT_STEP) from error


def _documents(name: str, text: str) -> Iterator[Mapping[str, Any]]:
    parts: Iterable[str] = (line for line in text.splitlines() if line.strip()) if name.endswith("l") else (text,)
    for part in parts:
        try:
            document = json.loads(part)
        except ValueError as error:
            raise InfrastructureError(f"{name} is not JSON: {error}", hint=_NEXT_STEP) from error
        if not isinstance(document, dict):
            raise InfrastructureError(f"{name} is not an OSV record", hint=_NEXT_STEP)
        yield document


def _checked(record: Mapping[str, Any], name: str) -> bool:
    """Whether a record is about PyPI. Raises InfrastructureError for one that no reader may guess about."""
    known = isinstance(record.get("id"), str) and isinstance(record.get("modified"), str)
    if not known or str(record.get("schema_version", "1.0.0")).partition(".")[0] != "1":
        raise InfrastructureError(f"{name} is not an OSV record of schema 1", hint=_NEXT_STEP)
    try:
        _time(record["modified"], name)
        return bool(_affected(record))
    except (KeyError, TypeError, AttributeError) as error:
        raise InfrastructureError(f"{name} is not an OSV record: {error!r}", hint=_NEXT_STEP) from error


def _affected(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in record.get("affected", []) if each.get("package", {}).get("ecosystem") == _ECOSYSTEM]


def _is_affected(affected: Mapping[str, Any], version: Version) -> bool:
    if any(_version(listed) == version for listed in affected.get("versions", [])):
        return True
    return any(
        each.get("type") in _RANGES and _is_inside(each.get("events", []), version)
        for each in affected.get("ranges", [])
    )


def _is_inside(events: Iterable[Mapping[str, str]], version: Version) -> bool:
    """OSV's evaluation of a range: events in the order of their versions, each switches the answer.

    A bound that is no version counts as reached: nobody can say that the package is safe.
    """
    inside = False
    bounds = [(key, value) for event in events for key, value in event.items()]
    for kind, bound in sorted(bounds, key=lambda each: (_version(each[1]) or Version("0"), each[0] != "introduced")):
        limit = _version(bound)
        if kind == "introduced":
            inside = inside or bound == "0" or limit is None or version >= limit
        elif limit is None:
            continue
        elif (kind == "fixed" and version >= limit) or (kind == "last_affected" and version > limit):
            inside = False
    return inside


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _time(value: object, name: str = "") -> datetime:
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise InfrastructureError(f"{name} has the time {value!r}", hint="write it as 2026-11-22T00:00:00Z") from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)
