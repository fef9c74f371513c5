"""What a saved file touches: which addons' tests tell whether it broke something."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.addons.graph import AddonGraph

_IGNORED = ("~", ".swp", ".swx", ".pyc", ".tmp", ".part")
"""Endings of what editors and Python leave beside the files of an addon."""


@dataclass(frozen=True, slots=True)
class Touched:
    """`changed` are the addons that files were saved in, `places` what to give pytest: test folders, or test files."""

    changed: tuple[str, ...]
    affected: tuple[str, ...]
    places: tuple[Path, ...]


def touched(graph: AddonGraph, saved: Iterable[Path]) -> Touched | None:
    """What the files in `saved` touch; None when they belong to no addon.

    A test file touches itself alone. Everything else touches its addon and every judged addon that depends on it.
    """
    homes = {path: name for path in saved if (name := _home(graph, path))}
    if not homes:
        return None
    shaping = {name for path, name in homes.items() if not _is_test(graph.folders[name], path)}
    reached = graph.dependents(shaping)
    affected = [name for name in graph.selected if name in reached]
    folders = [graph.folders[name] / "tests" for name in affected if name in graph.folders]
    files = [path for path, name in sorted(homes.items()) if name not in affected and path.is_file()]
    return Touched(
        changed=tuple(sorted(set(homes.values()))),
        affected=tuple(sorted({*affected, *homes.values()})),
        places=(*(folder for folder in folders if folder.is_dir()), *files),
    )


def _home(graph: AddonGraph, path: Path) -> str:
    """The addon whose file this is; empty for files of none, and for what is no file of the addon's own."""
    if path.name.startswith(".") or path.name.endswith(_IGNORED) or "__pycache__" in path.parts:
        return ""
    return next((name for name, folder in graph.folders.items() if path.is_relative_to(folder)), "")


def _is_test(folder: Path, path: Path) -> bool:
    parts = path.relative_to(folder).parts
    return len(parts) > 1 and parts[0] == "tests" and path.name.startswith("test_") and path.suffix == ".py"
