"""The files of an addon, each read and parsed once."""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

from odoo_gate.addons import BrokenManifest, files_below, read_manifest
from odoo_gate.security.code.functions import Function, functions_of

_XML_WORDS = (b"ir.rule", b"ir.model.access", b"res.users", b"t-raw")
"""An XML file without any of them says nothing that a rule asks about."""

_DATA_KEYS = ("data", "init_xml", "update_xml")
_ACCESS_FILE = "ir.model.access.csv"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file nothing can be said of, and why."""

    path: str
    line: int
    reason: str


class PythonFile:
    """A file of the addon's program. `path` is POSIX, inside the addon."""

    def __init__(self, path: str, text: str, tree: ast.Module) -> None:
        self.path = path
        self.text = text
        self.tree = tree

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        return tuple(functions_of(self.tree))

    @cached_property
    def constants(self) -> Mapping[str, ast.expr]:
        """What the file's own names are given, outside functions; names given more than once are left out."""
        found: dict[str, list[ast.expr]] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        found.setdefault(target.id, []).append(node.value)
        return {name: values[0] for name, values in found.items() if len(values) == 1}

    def siblings(self, function: Function) -> Mapping[str, Function]:
        """The methods of the class `function` is in, by name."""
        if function.owner is None:
            return {}
        return {each.name: each for each in self.functions if each.owner is function.owner}


@dataclass(frozen=True, slots=True)
class XmlFile:
    path: str
    text: str
    root: Any


@dataclass(frozen=True, slots=True)
class CsvFile:
    """`rows` are (line, column → value)."""

    path: str
    rows: tuple[tuple[int, Mapping[str, str]], ...]


@dataclass(frozen=True, slots=True)
class AddonSource:
    """One addon, parsed. `xml` and `access` hold only what Odoo loads outside demonstration data."""

    name: str
    python: tuple[PythonFile, ...]
    xml: tuple[XmlFile, ...]
    templates: tuple[XmlFile, ...]
    access: tuple[CsvFile, ...]
    unreadable: tuple[Unreadable, ...]

    @property
    def files(self) -> int:
        return len(self.python) + len(self.xml) + len(self.templates) + len(self.access)


def read_source(name: str, folder: Path, root: Path, program: Container[str]) -> AddonSource:
    """The addon in `folder`, a folder below `root`; of its Python files those whose path is in `program`.

    What cannot be parsed is told in `unreadable`, never left out.
    Raises AddonsError when a link leaves the project, OSError when a file may not be read.
    """
    python: list[PythonFile] = []
    xml: list[XmlFile] = []
    templates: list[XmlFile] = []
    access: list[CsvFile] = []
    unreadable: list[Unreadable] = []
    try:
        loaded = _loaded(read_manifest(folder))
    except BrokenManifest as error:
        loaded = frozenset()
        unreadable.append(Unreadable("__manifest__.py", error.line or 1, f"the manifest {error}"))
    for path, file in files_below(folder, root):
        parts = path.split("/")
        try:
            if path in program:
                python.append(_python(path, file.read_bytes()))
            elif file.suffix == ".xml" and (path in loaded or parts[:2] == ["static", "src"]):
                content = file.read_bytes()
                if any(word in content for word in _XML_WORDS):
                    (xml if path in loaded else templates).append(_xml(path, content))
            elif file.name == _ACCESS_FILE and path in loaded:
                access.append(CsvFile(path, tuple(_rows(file.read_text("utf-8-sig")))))
        except (SyntaxError, ValueError, RecursionError, MemoryError, csv.Error, etree.XMLSyntaxError) as error:
            unreadable.append(Unreadable(path, getattr(error, "lineno", None) or 1, f"{type(error).__name__}: {error}"))
    return AddonSource(name, tuple(python), tuple(xml), tuple(templates), tuple(access), tuple(unreadable))


def _loaded(manifest: Mapping[str, Any]) -> frozenset[str]:
    """The data files Odoo loads, demonstration data not among them."""
    named = [each for key in _DATA_KEYS for each in manifest.get(key) or []]
    return frozenset(each.removeprefix("./").lstrip("/") for each in named if isinstance(each, str))


def _python(path: str, content: bytes) -> PythonFile:
    tree = ast.parse(content, filename=path)
    return PythonFile(path, content.decode("utf-8", errors="replace"), tree)


def _xml(path: str, content: bytes) -> XmlFile:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return XmlFile(path, content.decode("utf-8", errors="replace"), etree.fromstring(content, parser))


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.DictReader(io.StringIO(text))
    for row in reader:
        yield reader.line_num, {key: value or "" for key, value in row.items() if key is not None}
