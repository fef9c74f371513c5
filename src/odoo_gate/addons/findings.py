"""What can be seen to be wrong with addons without running Odoo."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from manifestoo_core.core_addons import is_core_ee_addon
from manifestoo_core.manifest import MANIFEST_NAMES
from manifestoo_core.odoo_series import OdooSeries

from odoo_gate.addons.addon import Addon
from odoo_gate.addons.files import files_below
from odoo_gate.addons.graph import AddonGraph
from odoo_gate.addons.test_imports import imports_by_program, unloaded_test_files
from odoo_gate.addons.version import version_problem
from odoo_gate.model import Finding, Place, Severity

_FILE_KEYS = ("data", "demo", "init_xml", "update_xml", "demo_xml", "test", "qweb", "css", "js")
_GLOB = re.compile(r"[*?\[]")


def all_findings(graph: AddonGraph) -> tuple[Finding, ...]:
    """The findings of the four static checks, release first, then by addon."""
    found = list(graph_findings(graph))
    for name in graph.selected:
        found += manifest_findings(graph, name)
        found += syntax_findings(graph, name)
        found += unimported_test_findings(graph, name)
    return tuple(found)


def graph_findings(graph: AddonGraph) -> Iterator[Finding]:
    """`modules.graph`: nothing to judge, missing and cyclic dependencies, addons that cannot be installed."""
    if not graph.selected:
        yield Finding("no-addons", "there is no installable addon to judge", remedy="correct [addons] in gate.toml")
    yield from graph.load_findings
    yield from _cycles(graph)
    for name in _concerned(graph):
        addon = graph.addons[name]
        yield from _absences(graph, addon)
    for name in graph.selected:
        if name in graph.addons and not graph.addons[name].installable:
            yield Finding(
                "uninstallable",
                f"{name} is selected but its manifest says installable: False",
                place=_place(graph, graph.addons[name], "installable"),
                remedy="port it, or take it out of addons.modules",
            )


def manifest_findings(graph: AddonGraph, name: str) -> Iterator[Finding]:
    """`modules.manifest`: a broken manifest, a version Odoo does not take, named files that do not exist."""
    if name in graph.broken:
        yield graph.broken[name]
        return
    addon = graph.addons[name]
    problem = version_problem(addon.version, graph.series)
    if problem and addon.origin == "checkout":
        yield Finding(
            problem.rule,
            f"{name} {problem.message}",
            problem.severity,
            _place(graph, addon, addon.version),
            f"write {graph.series}.1.0.0, or port the addon to {graph.series}",
        )
    if addon.origin == "checkout":
        yield from _missing_files(graph, addon)
        yield from _missing_assets(graph, addon)
        if not (addon.path / "__init__.py").is_file():
            yield Finding(
                "no-init",
                f"{name} has no __init__.py",
                Severity.WARNING,
                _place(graph, addon),
                "add an empty one",
            )


def syntax_findings(graph: AddonGraph, name: str) -> Iterator[Finding]:
    """`modules.syntax`: Python files that do not parse (the manifest is told by `modules.manifest`)."""
    folder = graph.folders.get(name)
    if folder is None:
        return
    for relative, path in files_below(folder, graph.root):
        if path.suffix == ".py" and not relative.startswith("static/") and relative not in MANIFEST_NAMES:
            try:
                ast.parse(path.read_bytes(), filename=relative)
            except SyntaxError as error:
                place = Place(path.relative_to(graph.root).as_posix(), error.lineno)
                yield Finding("syntax-error", f"{name}/{relative}: {error.msg}", place=place, remedy="correct it")
            except (ValueError, RecursionError, MemoryError) as error:
                place = Place(path.relative_to(graph.root).as_posix())
                yield Finding("syntax-error", f"{name}/{relative}: {error}", place=place, remedy="correct it")


def unimported_test_findings(graph: AddonGraph, name: str) -> Iterator[Finding]:
    """`modules.tests-imported`: test files that Odoo would never load."""
    folder = graph.folders.get(name)
    if folder is None:
        return
    for path, reason in unloaded_test_files(folder):
        place = Place(path.relative_to(graph.root).as_posix())
        yield Finding(
            "test-not-imported",
            f"Odoo never runs {name}/{path.relative_to(folder).as_posix()}: {reason}",
            place=place,
            remedy=f"import it in {name}/tests/__init__.py",
        )
    if imports_by_program(folder):
        yield Finding(
            "tests-imported-by-program",
            f"{name}/tests/__init__.py imports by program; what it loads is not known before it runs",
            Severity.NOTE,
            Place((folder / "tests/__init__.py").relative_to(graph.root).as_posix()),
        )


def _concerned(graph: AddonGraph) -> list[str]:
    """The selected addons and those of the checkout they depend on, as far as they can be followed."""
    found: set[str] = set()
    waiting = [name for name in graph.selected if name in graph.addons]
    while waiting:
        name = waiting.pop()
        if name not in found and graph.addons[name].origin == "checkout":
            found.add(name)
            waiting.extend(each for each in graph.addons[name].depends if each in graph.addons)
    return sorted(found)


def _absences(graph: AddonGraph, addon: Addon) -> Iterator[Finding]:
    for needed in graph.missing(addon):
        place = _place(graph, addon, needed)
        if needed in graph.broken:
            yield Finding(
                "broken-dependency",
                f"{addon.name} depends on {needed}, whose manifest is broken",
                place=place,
                remedy=f"correct the manifest of {needed}",
            )
        elif needed in graph.addons:
            yield Finding(
                "uninstallable-dependency",
                f"{addon.name} depends on {needed}, which says installable: False",
                place=place,
                remedy=f"port {needed}, or remove the dependency",
            )
        else:
            yield Finding(
                "missing-dependency",
                f"{addon.name} depends on {needed}, which is neither below the addons paths nor in the image",
                place=place,
                remedy=_how_to_get(graph, needed),
            )


def _how_to_get(graph: AddonGraph, needed: str) -> str:
    if is_core_ee_addon(needed, OdooSeries(graph.series)):
        return f"{needed} is an Enterprise addon: add its folder to the project or use an image that has it"
    return f"add it below the addons paths, or odoo-addon-{needed} to addons.requirements, or correct the name"


def _cycles(graph: AddonGraph) -> Iterator[Finding]:
    told: set[frozenset[str]] = set()
    for name in _concerned(graph):
        loop = graph.cycle(name)
        if loop and frozenset(loop) not in told:
            told.add(frozenset(loop))
            yield Finding(
                "dependency-cycle",
                f"dependency cycle: {' -> '.join(loop)}",
                place=_place(graph, graph.addons[name], loop[1]),
                remedy="remove one of these dependencies, or move what both need into a third addon",
            )


def _missing_files(graph: AddonGraph, addon: Addon) -> Iterator[Finding]:
    for key in _FILE_KEYS:
        named = addon.manifest.get(key) or []
        for name in [named] if isinstance(named, str) else named:
            if isinstance(name, str) and not _exists(addon.path, name):
                yield _missing(graph, addon, key, name)


def _exists(folder: Path, name: str) -> bool:
    if _GLOB.search(name):
        return any(folder.glob(name.lstrip("/")))
    return (folder / name).is_file()


def _missing_assets(graph: AddonGraph, addon: Addon) -> Iterator[Finding]:
    assets = addon.manifest.get("assets") or {}
    if not isinstance(assets, dict):
        yield Finding(
            "manifest-broken",
            f"'assets' of {addon.name} must be a dictionary",
            place=_place(graph, addon, "assets"),
        )
        return
    for bundle, entries in assets.items():
        for entry in entries:
            for path in _asset_paths(entry):
                yield from _asset_problem(graph, addon, bundle, path)


def _asset_paths(entry: object) -> tuple[str, ...]:
    """The paths an entry adds: `path`, `(append|prepend, path)`, `(before|after|replace, target, path)`."""
    if isinstance(entry, str):
        return (entry,)
    if isinstance(entry, list | tuple) and entry and entry[0] not in ("include", "remove"):
        return tuple(part for part in entry[1:] if isinstance(part, str))
    return ()


def _asset_problem(graph: AddonGraph, addon: Addon, bundle: str, path: str) -> Iterator[Finding]:
    if "://" in path or path.startswith("//"):
        return
    owner, _, inside = path.lstrip("/").partition("/")
    folder = graph.folders.get(owner)
    if folder is None or not inside or _exists(folder, inside):
        return
    if _GLOB.search(path):
        yield Finding(
            "asset-matches-nothing",
            f"the pattern {path} in assets[{bundle}] of {addon.name} matches no file",
            Severity.WARNING,
            _place(graph, addon, path),
            "correct or remove the pattern",
        )
    else:
        yield _missing(graph, addon, f"assets[{bundle}]", path)


def _missing(graph: AddonGraph, addon: Addon, key: str, name: str) -> Finding:
    return Finding(
        "missing-file",
        f"the manifest of {addon.name} names {name} in {key}, which does not exist",
        place=_place(graph, addon, name),
        remedy="add the file, or take it out of the manifest",
    )


def _place(graph: AddonGraph, addon: Addon, word: str = "") -> Place | None:
    """The manifest of an addon of the checkout, at the line where `word` stands as a string."""
    if addon.origin == "image":
        return None
    path = addon.manifest_path
    line = None
    if word:
        nodes = ast.walk(ast.parse(path.read_bytes()))
        line = next((n.lineno for n in nodes if isinstance(n, ast.Constant) and n.value == word), None)
    return Place(path.relative_to(graph.root).as_posix(), line)
