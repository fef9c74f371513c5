"""What a backup says of itself: when it was taken, of which database, what it holds, and a digest of every part."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self, get_args

from odoo_gate.errors import UsageError

MANIFEST = "backup.json"

Method = Literal["odoo-zip", "pg-directory", "pg-custom", "pg-plain", "base-backup"]
Role = Literal["whole", "database", "files", "wal"]

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """A database at one moment: identity, modules, rows.

    `modules` maps the installed ones to their versions, `tables` every table to its rows, `attachments` the
    `store_fname` of every file that `ir_attachment` names to (bytes, sha1) as the rows have it.
    """

    database: str
    uuid: str
    series: str
    modules: Mapping[str, str]
    tables: Mapping[str, int]
    attachments: Mapping[str, tuple[int, str]]

    @property
    def rows(self) -> int:
        return sum(self.tables.values())


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a backup; `size` (bytes) and `sha256` are of the file as it lies there, encrypted or not."""

    name: str
    role: Role
    size: int
    sha256: str
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole of `backup.json`.

    `taken` is the moment before the database snapshot: all that was committed by then is in it; `seconds` is what the
    backup took.
    `files` is what was stored of the filestore, by name: (bytes, sha1). `facts` is None for a backup that was made
    elsewhere and says nothing of what it should hold.
    """

    method: Method
    taken: datetime
    seconds: float
    postgres: str
    parts: tuple[Part, ...]
    files: Mapping[str, tuple[int, str]]
    facts: DatabaseFacts | None

    def of_role(self, *roles: Role) -> Part | None:
        return next((part for part in self.parts if part.role in roles), None)

    def to_json(self) -> dict[str, Any]:
        plain = asdict(self)
        return plain | {"format": _FORMAT, "taken": self.taken.isoformat()}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError when `plain` is no manifest."""
        if plain["format"] != _FORMAT or plain["method"] not in get_args(Method):
            raise ValueError(f"format {plain['format']!r}, method {plain['method']!r}")
        facts = plain["facts"]
        return cls(
            method=plain["method"],
            taken=datetime.fromisoformat(plain["taken"]),
            seconds=float(plain["seconds"]),
            postgres=str(plain["postgres"]),
            parts=tuple(Part(**part) for part in plain["parts"]),
            files=_pairs(plain["files"]),
            facts=None
            if facts is None
            else DatabaseFacts(
                **{**facts, "attachments": _pairs(facts["attachments"])},
            ),
        )


@dataclass(frozen=True, slots=True)
class Backup:
    """A folder with a manifest and the parts it names."""

    folder: Path
    manifest: Manifest

    def path(self, part: Part) -> Path:
        return self.folder / part.name

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.manifest.parts)


def write_backup(folder: Path, manifest: Manifest) -> Backup:
    """Write `backup.json` last of all: a folder without it is no backup."""
    draft = folder / f"{MANIFEST}.draft"
    draft.write_text(json.dumps(manifest.to_json(), indent=1, sort_keys=True), encoding="utf-8")
    draft.replace(folder / MANIFEST)
    return Backup(folder, manifest)


def read_backup(folder: Path) -> Backup:
    """The backup in `folder`. Raises UsageError when its manifest is missing or unreadable."""
    path = folder / MANIFEST
    try:
        return Backup(folder, Manifest.from_json(json.loads(path.read_text(encoding="utf-8"))))
    except OSError as error:
        raise UsageError(
            f"{folder} holds no backup: {path.name} cannot be read ({error.strerror})",
            hint="give the folder that `backup.json` lies in",
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"{path} is not the manifest of a backup: {error}", hint="take the backup again; this one is not whole"
        ) from error


def _pairs(plain: Mapping[str, Any]) -> dict[str, tuple[int, str]]:
    return {name: (int(size), str(digest)) for name, (size, digest) in plain.items()}
