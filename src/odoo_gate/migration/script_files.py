"""The migration scripts of a module, and which of them Odoo will never run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from odoo_gate.addons import Addon, AddonGraph
from odoo_gate.model import Finding, Place, Severity

FOLDERS = ("migrations", "upgrades")
"""Where Odoo looks for scripts, a folder for each version (odoo/modules/migration.py)."""

ANY_VERSION = "0.0.0"
_STAGES = ("pre-", "post-", "end-")
_SERIES = re.compile(r"(6\.1|[6-9]\.0|[1-9]\d+\.0|(7|8|9|10)\.saas~[1-9]\d*|saas~(1[1-9]|[2-9]\d+)\.[1-9])\.", re.ASCII)
_VERSION = re.compile(rf"^({_SERIES.pattern})?\d+\.\d+(\.\d+)?$", re.ASCII)
_NEVER = "Odoo never runs it"


@dataclass(frozen=True, slots=True)
class Script:
    """A script Odoo runs on the way from production's version to the candidate's."""

    module: str
    version: str
    path: Path
    place: Place
    is_new: bool


@dataclass(frozen=True)
class ModuleScripts:
    """The scripts of one module, and what is wrong with where they lie."""

    scripts: tuple[Script, ...]
    findings: tuple[Finding, ...]


def module_scripts(graph: AddonGraph, module: str, baseline: AddonGraph | None) -> ModuleScripts:
    """The scripts of a module, the checkout's or the image's. `baseline` knows what production already has."""
    addon = graph.addons[module]
    before = baseline.addons.get(module) if baseline is not None else None
    scripts: list[Script] = []
    findings = list(_misnamed_folders(graph, addon))
    for folder in FOLDERS:
        root = addon.path / folder
        if not root.is_dir():
            continue
        for entry in sorted(root.iterdir()):
            if not entry.is_dir() or entry.name in ("tests", "__pycache__"):
                continue
            own = [_script(graph, addon, before, entry.name, path) for path in sorted(entry.glob("*.py"))]
            findings += _folder_findings(graph, addon, before, entry, own)
            scripts += [each for each in own if each.path.name.startswith(_STAGES)]
            findings += _prefix_findings(own)
    return ModuleScripts(tuple(scripts), tuple(findings))


def _script(graph: AddonGraph, addon: Addon, before: Addon | None, version: str, path: Path) -> Script:
    place = _place(graph, addon, path)
    old = before.path / path.relative_to(addon.path) if before is not None else None
    is_new = old is None or not old.is_file() or old.read_bytes() != path.read_bytes()
    return Script(addon.name, version, path, place, is_new)


def _place(graph: AddonGraph, addon: Addon, path: Path) -> Place:
    """As a person finds it: below the project, or, of an addon that the image brings, below that addon."""
    root = graph.root if addon.name in graph.folders else addon.path.parent
    return Place(path.relative_to(root).as_posix())


def runs(graph: AddonGraph, baseline: AddonGraph, script: Script) -> bool:
    """Whether Odoo runs a script on the way from the baseline's version of its module to the candidate's."""
    if script.version == ANY_VERSION:
        return True
    if not _VERSION.match(script.version):
        return False
    before, after = (full_version(each.addons[script.module].version, graph.series) for each in (baseline, graph))
    return _number(before) < _number(full_version(script.version, graph.series)) <= _number(after)


def _misnamed_folders(graph: AddonGraph, addon: Addon) -> Iterator[Finding]:
    """Folders that hold scripts and are called nearly, but not quite, as Odoo wants it."""
    for entry in sorted(addon.path.iterdir()):
        if not entry.is_dir() or entry.name in FOLDERS:
            continue
        close = get_close_matches(entry.name.lower(), FOLDERS, n=1, cutoff=0.8)
        if close and any(path.name.startswith(("pre", "post", "end")) for path in entry.rglob("*.py")):
            yield Finding(
                "script-never-runs",
                f"{addon.name}/{entry.name} holds scripts, but Odoo looks in {' and '.join(FOLDERS)}: {_NEVER}",
                place=_place(graph, addon, entry),
                remedy=f"rename the folder to {close[0]}",
            )


def _folder_findings(
    graph: AddonGraph, addon: Addon, before: Addon | None, folder: Path, scripts: list[Script]
) -> Iterator[Finding]:
    """A version folder that is passed over. Old scripts, which production has run, are no concern."""
    if not any(script.is_new for script in scripts) or folder.name == ANY_VERSION:
        return
    place = _place(graph, addon, folder)
    series = graph.series
    if not _VERSION.match(folder.name):
        remedy = f"name it by the manifest's version, {addon.version}"
        yield Finding("script-never-runs", f"{folder.name} is no version: {_NEVER}", place=place, remedy=remedy)
        return
    version, target = full_version(folder.name, series), full_version(addon.version, series)
    if not version.startswith(f"{series}."):
        message = f"scripts of {folder.name} are for another series than {series}: {_NEVER}"
        remedy = f"name the folder by the manifest's version, {addon.version}"
        yield Finding("script-never-runs", message, place=place, remedy=remedy)
    elif _number(version) > _number(target):
        message = f"scripts of {folder.name} are above the manifest's version {addon.version}: {_NEVER}"
        remedy = "raise the version in the manifest, or rename the folder"
        yield Finding("script-never-runs", message, place=place, remedy=remedy)
    elif before is not None and _number(version) <= _number(full_version(before.version, series)):
        message = f"scripts of {folder.name} are new, but production has {before.version} already: {_NEVER}"
        remedy = "raise the version in the manifest, and name the folder by it"
        yield Finding("script-never-runs", message, place=place, remedy=remedy)


def _prefix_findings(scripts: list[Script]) -> Iterator[Finding]:
    for script in scripts:
        if script.is_new and not script.path.name.startswith(_STAGES) and script.path.name != "__init__.py":
            yield Finding(
                "script-never-runs",
                f"{script.path.name} begins with none of {', '.join(_STAGES)}: {_NEVER}",
                place=script.place,
                remedy="name it by when it must run: pre- before the module is updated, post- after, end- after all",
            )


def version_findings(graph: AddonGraph, module: str, baseline: AddonGraph, scripts: ModuleScripts) -> list[Finding]:
    """A module that changed and kept its version: no script runs, and nobody can tell what is installed."""
    before, addon = baseline.addons.get(module), graph.addons[module]
    if before is None or before.version != addon.version:
        return []
    place = _place(graph, addon, addon.manifest_path)
    if any(script.is_new for script in scripts.scripts):
        message = f"{module} brings new migration scripts and keeps version {addon.version}: none of them runs"
        return [Finding("version-not-raised", message, place=place, remedy="raise the version in the manifest")]
    if _code(addon) != _code(before):
        message = f"the models of {module} changed, and its version is still {addon.version}"
        remedy = "raise the version in the manifest: tools that update by version pass it over"
        return [Finding("version-not-raised", message, Severity.WARNING, place=place, remedy=remedy)]
    return []


def full_version(version: str, series: str) -> str:
    """With the series in front, as Odoo reads it."""
    return version if _SERIES.match(f"{version}.") and version.count(".") > 2 else f"{series}.{version}"


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _code(addon: Addon) -> dict[str, bytes]:
    """The Python of a module's models and wizards, by path."""
    return {
        path.relative_to(addon.path).as_posix(): path.read_bytes()
        for folder in ("models", "wizard", "wizards")
        for path in sorted((addon.path / folder).rglob("*.py"))
    }
