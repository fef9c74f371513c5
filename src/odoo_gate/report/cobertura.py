"""Which lines of the addons their tests ran, as Cobertura XML: what GitLab shows beside the lines of a change. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from xml.etree import ElementTree

from odoo_gate.report.text import visible

COBERTURA = "coverage.cobertura.xml"
"""The file of a run folder that holds it."""

Lines = Mapping[int, bool]
"""Every statement's line number, and whether a test ran it."""


def render_cobertura(files: Mapping[str, Lines], root: str) -> str:
    """`files` by their path below the folder `root`; those elsewhere, such as in the image, are left out.

    Empty when nothing is left.
    """
    own = {path: lines for path, lines in sorted(files.items()) if _is_below(path)}
    if not own:
        return ""
    everything = _ran(own.values())
    coverage = ElementTree.Element(
        "coverage",
        {
            **_rates(everything),
            "lines-covered": str(sum(everything)),
            "lines-valid": str(len(everything)),
            "branches-covered": "0",
            "branches-valid": "0",
            "version": "1",
            "timestamp": "0",
        },
    )
    sources = ElementTree.SubElement(coverage, "sources")
    ElementTree.SubElement(sources, "source").text = visible(root)
    packages = ElementTree.SubElement(coverage, "packages")
    for folder, inside in _by_folder(own).items():
        package = ElementTree.SubElement(
            packages, "package", {"name": visible(folder).replace("/", "."), **_rates(_ran(inside.values()))}
        )
        classes = ElementTree.SubElement(package, "classes")
        for path, lines in inside.items():
            _add_file(classes, path, lines)
    ElementTree.indent(coverage, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(coverage, encoding="unicode") + "\n"


def _add_file(classes: ElementTree.Element, path: str, lines: Lines) -> None:
    names = {"name": visible(PurePosixPath(path).name), "filename": visible(path)}
    file = ElementTree.SubElement(classes, "class", {**names, **_rates(lines.values())})
    ElementTree.SubElement(file, "methods")
    written = ElementTree.SubElement(file, "lines")
    for number, ran in sorted(lines.items()):
        ElementTree.SubElement(written, "line", {"number": str(number), "hits": str(int(ran))})


def _by_folder(files: Mapping[str, Lines]) -> Mapping[str, Mapping[str, Lines]]:
    folders: dict[str, dict[str, Lines]] = defaultdict(dict)
    for path, lines in files.items():
        folders[str(PurePosixPath(path).parent)][path] = lines
    return folders


def _rates(ran: Iterable[bool]) -> dict[str, str]:
    """A file without statements is whole: nothing of it is untested."""
    told = list(ran)
    return {
        "line-rate": f"{sum(told) / len(told) if told else 1.0:.4f}",
        "branch-rate": "0",
        "complexity": "0",
    }


def _ran(files: Iterable[Lines]) -> list[bool]:
    return [ran for lines in files for ran in lines.values()]


def _is_below(path: str) -> bool:
    return not path.startswith("/") and ".." not in PurePosixPath(path).parts
