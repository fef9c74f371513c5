"""Which Python files of the addons are program: what a running Odoo may execute."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path, PurePosixPath

from manifestoo_core.manifest import MANIFEST_NAMES

from odoo_gate.addons import AddonGraph, files_below

_LEFT_OUT = frozenset({"tests", "migrations", "upgrades", "static"})
"""Folders at the top of an addon whose Python nobody reaches, unless the program imports it: deeper down they are
packages as any other. What migrations do is `migration.scripts`' question."""

_MAY_NAME_ONE = re.compile(rb"tests|migrations|upgrades|static|coding[:=]|[^\x00-\x7f]")
"""What a file must hold to import from such a folder: its name, or other letters that Python reads as these."""

_ADDONS = (("odoo", "addons"), ("openerp", "addons"))


def program_of(graph: AddonGraph) -> Mapping[str, Mapping[str, Path]]:
    """The program of each judged addon: POSIX path inside the addon → file, manifests left out.

    Imports are followed as they are written; an import by a computed name is not seen.
    Raises AddonsError when a link leaves the project, OSError when a file may not be read.
    """
    python = {name: dict(_python(graph.folders[name], graph.root)) for name in graph.selected if name in graph.folders}
    found = {name: {path for path in files if not _is_left_out(path)} for name, files in python.items()}
    waiting = [(name, path) for name, paths in found.items() for path in paths]
    while waiting:
        name, path = waiting.pop()
        content = python[name][path].read_bytes()
        if not _is_left_out(path) and not _MAY_NAME_ONE.search(content):
            continue
        for dotted in _imported(content, (*_ADDONS[0], name, *path.split("/")[:-1])):
            if dotted[:2] in _ADDONS and dotted[2:3] and dotted[2] in python:
                addon = dotted[2]
                new = _files_of(dotted[3:], python[addon].keys()) - found[addon]
                found[addon] |= new
                waiting += [(addon, each) for each in new]
    return {name: {path: file for path, file in files.items() if path in found[name]} for name, files in python.items()}


def _python(folder: Path, root: Path) -> Iterator[tuple[str, Path]]:
    return (
        (path, file) for path, file in files_below(folder, root) if file.suffix == ".py" and path not in MANIFEST_NAMES
    )


def _is_left_out(path: str) -> bool:
    first, *below = path.split("/")
    return first in _LEFT_OUT and bool(below)


def _imported(content: bytes, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The absolute names that a file of `package` imports, `*` as it stands; none when it cannot be parsed."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # the analysis tells of it: unreadable-file
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            base = (*above, *node.module.split(".")) if node.module else above
            yield from ((*base, alias.name) for alias in node.names)


def _files_of(dotted: Iterable[str], files: Set[str]) -> Set[str]:
    """The files of an addon that Python runs to import a name in it: every package on the way is one."""
    found: set[str] = set()
    at = PurePosixPath()
    for part in dotted:
        if part == "*":  # all that __all__ may name
            found |= {path for path in files if PurePosixPath(path).parent == at}
        at /= part
        found |= {f"{at}.py", f"{at}/__init__.py"} & files
    return found
