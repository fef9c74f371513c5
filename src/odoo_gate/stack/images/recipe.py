"""A recipe: a folder with a Dockerfile, what it starts from and its arguments; named by its content."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable

LABEL = "odoo-gate."
"""Prefix of every label on images this package builds."""

REPOSITORY = "odoo-gate"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one image is built from another.

    `folder` lies below `recipes/`; `suite` is set when `parent` is our own Debian base. `files` and
    `arguments` are part of the content that names the image; the unkeyed ones help the build on this machine
    and do not end up in the image (a CA bundle, the address of a package index).
    """

    folder: str
    image: str
    version: str
    parent: str
    origin: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    unkeyed_files: Mapping[str, bytes] = field(default_factory=dict)
    unkeyed_arguments: Mapping[str, str] = field(default_factory=dict)
    suite: str = ""
    _content: Mapping[str, bytes] = field(init=False)

    def __post_init__(self) -> None:
        # Read once: the name and what is built are of the same content even if a file changes meanwhile.
        object.__setattr__(self, "_content", {**recipe_files(self.folder), **self.files})

    @property
    def key(self) -> str:
        """12 hex digits over everything that shapes the image."""
        return content_key(
            {name: hashlib.sha256(data).hexdigest() for name, data in self._content.items()},
            self.parent,
            dict(self.arguments),
        )

    @property
    def reference(self) -> str:
        return f"{REPOSITORY}/{self.image}:{self.version}-{self.key}"

    @property
    def labels(self) -> dict[str, str]:
        return {
            LABEL + "image": self.image,
            LABEL + "version": self.version,
            LABEL + "recipe": self.key,
            LABEL + "parent": self.parent,
            LABEL + "origin": self.origin,
        }

    def context(self) -> bytes:
        """The build context as a tar archive; times are zero so that the builder's cache holds."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, data in sorted({**self._content, **self.unkeyed_files}.items()):
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                entry.mode = 0o755 if data.startswith(b"#!") else 0o644
                archive.addfile(entry, io.BytesIO(data))
        return buffer.getvalue()


def recipe_files(folder: str) -> dict[str, bytes]:
    """Every file below `recipes/<folder>`, by its path inside it."""
    return _walk(resources.files(__package__) / "recipes" / folder, "")


def content_key(*parts: object) -> str:
    """12 hex digits of a JSON-able content."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def _walk(folder: Traversable, prefix: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for entry in folder.iterdir():
        name = prefix + entry.name
        if entry.is_dir():
            if entry.name != "__pycache__":
                files.update(_walk(entry, name + "/"))
        else:
            files[name] = entry.read_bytes()
    return files
