"""The manifests of an image's addons, parsed once and kept as JSON in the cache folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from manifestoo_core.manifest import get_manifest_path

from odoo_gate.addons.addon import Addon, BrokenManifest, addon_from, read_manifest
from odoo_gate.cache import cache_dir
from odoo_gate.model import Finding, Place, Severity

_FORMAT = 1
_KEPT = ("name", "version", "depends", "auto_install", "installable", "external_dependencies", "license")


def load_image_addons(folder: Path, series: str) -> tuple[dict[str, Addon], tuple[Finding, ...]]:
    """The addons whose manifests lie in `folder/<addon>/`, and a warning for each that cannot be read."""
    manifests, problems = _manifests(folder)
    addons: dict[str, Addon] = {}
    for name, manifest in manifests.items():
        try:
            addons[name] = addon_from(manifest, folder / name, "image", series)
        except BrokenManifest as error:
            problems[name] = str(error)
    findings = tuple(
        Finding(
            "image-addon-unreadable",
            f"the image's addon {name} cannot be used: its manifest {problems[name]}",
            Severity.WARNING,
            Place(f"{name}/__manifest__.py"),
        )
        for name in sorted(problems)
    )
    return addons, findings


def _manifests(folder: Path) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    kept = cache_dir() / "manifests" / f"{_fingerprint(folder)}.json"
    known = _read_kept(kept)
    if known is None:
        known = _parse(folder)
        _keep(kept, known)
    return known["manifests"], known["problems"]


def _parse(folder: Path) -> dict[str, Any]:
    manifests: dict[str, dict[str, Any]] = {}
    problems: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if not get_manifest_path(path):
            continue
        try:
            manifests[path.name] = _plain(read_manifest(path))
        except BrokenManifest as error:
            problems[path.name] = str(error)
    return {"manifests": manifests, "problems": problems}


def _plain(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a manifest that graphs need, in types JSON has."""
    return {key: manifest[key] for key in _KEPT if key in manifest}


def _fingerprint(folder: Path) -> str:
    """Changes whenever a manifest is added, removed or written anew."""
    digest = hashlib.sha256(f"{_FORMAT}\0{folder.resolve()}\0".encode())
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir())
    for name in names:
        manifest = get_manifest_path(folder / name)
        if manifest:
            facts = manifest.stat()
            digest.update(f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def _read_kept(path: Path) -> dict[str, Any] | None:
    """What was kept, None when nothing was or it is damaged: it is then made again."""
    try:
        known = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return None
    return known if isinstance(known, dict) and {"manifests", "problems"} <= known.keys() else None


def _keep(path: Path, known: Mapping[str, Any]) -> None:
    """Write under another name first: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(known, default=sorted), "utf-8")  # the only other type of a literal is set
    draft.replace(path)
