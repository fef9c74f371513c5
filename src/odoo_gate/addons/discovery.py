"""What a checkout tells about itself, for whoever has no `gate.toml` yet."""

from __future__ import annotations

import configparser
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from manifestoo_core.manifest import get_manifest_path
from manifestoo_core.odoo_series import OdooSeries, detect_from_addon_version

from odoo_gate.addons.addon import BrokenManifest, read_manifest
from odoo_gate.errors import SettingsError
from odoo_gate.git import repository_of
from odoo_gate.settings import read_requirements
from odoo_gate.settings.sections import NEWEST_SERIES, OLDEST_SERIES

_DEPTH = 4
_NOT_SEARCHED = frozenset({"node_modules", "venv", "env", "build", "dist", "static", "tests", "setup"})
_IMAGE_LINE = re.compile(r"^\s*(?:FROM|image:)\s+\S*odoo\S*:(\d+\.0)\b", re.MULTILINE)
_BRANCH = re.compile(r"^(\d+\.0)(?:\b|-)")


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found in a checkout; paths are relative to it, empty strings mean nothing was found.

    `remarks` are things a person should know, one line each.
    """

    addons_paths: tuple[str, ...]
    modules: int
    series: str
    series_source: str
    requirements: str
    odoo_conf: str
    tag: str
    remarks: tuple[str, ...]


def discover(root: Path) -> Discovery:
    """Look at the checkout in `root`. Reads files and asks git; changes nothing."""
    remarks: list[str] = []
    folders = sorted(_addon_folders(root, root, _DEPTH))
    paths = sorted({folder.parent.relative_to(root).as_posix() for folder in folders})
    series, source = _series(root, folders, remarks)
    return Discovery(
        addons_paths=tuple(paths),
        modules=len(folders),
        series=series,
        series_source=source,
        requirements=_requirements(root, remarks),
        odoo_conf=_odoo_conf(root, remarks),
        tag=_latest_tag(root),
        remarks=tuple(remarks),
    )


def _addon_folders(folder: Path, root: Path, depth: int) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if not path.is_dir() or path.name.startswith(".") or path.name in _NOT_SEARCHED:
            continue
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            continue
        if get_manifest_path(path):
            yield path
        elif depth > 1 and not path.is_symlink():
            yield from _addon_folders(path, root, depth - 1)


def _series(root: Path, folders: list[Path], remarks: list[str]) -> tuple[str, str]:
    """The series and what says so: the manifests' versions, else an image's name, else the branch."""
    votes: Counter[str] = Counter()
    for folder in folders:
        try:
            version = read_manifest(folder).get("version")
        except BrokenManifest as error:
            remarks.append(f"the manifest of {folder.relative_to(root)} {error}")
            continue
        detected = detect_from_addon_version(version) if isinstance(version, str) else None
        if detected:
            votes[detected.value] += 1
    if len(votes) > 1:
        counted = ", ".join(f"{series} ({count})" for series, count in votes.most_common())
        remarks.append(f"the manifests speak of more than one series: {counted}")
    candidates = [(series, "the versions in the manifests") for series, _ in votes.most_common()]
    candidates += [(series, name) for name, series in _series_of_images(root)]
    candidates += [(match[1], "the git branch") for match in [_BRANCH.match(_branch(root))] if match]
    return next(((series, source) for series, source in candidates if _is_supported(series)), ("", ""))


def _series_of_images(root: Path) -> Iterator[tuple[str, str]]:
    for name in ("Dockerfile", "docker-compose.yml", "docker-compose.yaml", "compose.yaml", "compose.yml"):
        path = root / name
        if path.is_file():
            match = _IMAGE_LINE.search(path.read_text("utf-8", errors="replace"))
            if match:
                yield name, match[1]


def _is_supported(series: str) -> bool:
    known = {each.value for each in OdooSeries}
    return series in known and float(OLDEST_SERIES.value) <= float(series) <= float(NEWEST_SERIES.value)


def _requirements(root: Path, remarks: list[str]) -> str:
    found = sorted(root.glob("*requirements*.txt"), key=lambda path: (path.name != "requirements.txt", path.name))
    usable = ""
    for path in found:
        try:
            count = len(read_requirements(path.name, root))
        except SettingsError as error:
            remarks.append(f"{path.name} is left out: {error.message}")
            continue
        if count and not usable:
            usable = path.name
        elif count:
            remarks.append(f"{path.name} is not used; addons.requirements takes one file")
    return usable


def _odoo_conf(root: Path, remarks: list[str]) -> str:
    found = [
        path.relative_to(root).as_posix()
        for folder in (root, root / "config", root / "conf", root / "etc", root / "deploy")
        for path in sorted(folder.glob("*.conf"))
        if _is_odoo_conf(path)
    ]
    if len(found) > 1:
        remarks.append(f"more than one Odoo configuration: {', '.join(found)}; the first is used")
    return found[0] if found else ""


def _is_odoo_conf(path: Path) -> bool:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(path.read_text("utf-8"))
    except (configparser.Error, UnicodeDecodeError, OSError):
        return False  # some other program's file: not being readable as ini settles the question
    return parser.has_section("options")


def _branch(root: Path) -> str:
    return _git(root, "branch", "--show-current")


def _latest_tag(root: Path) -> str:
    return _git(root, "describe", "--tags", "--abbrev=0")


def _git(root: Path, *arguments: str) -> str:
    """What git answers, empty outside a repository or when there is no such thing."""
    repository = repository_of(root)
    done = repository.git(*arguments, check=False) if repository else None
    return done.stdout.strip() if done and done.status == 0 else ""
