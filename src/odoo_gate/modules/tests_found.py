"""Whether the release has tests that Odoo would run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from odoo_gate.addons import AddonGraph
from odoo_gate.addons.test_imports import test_files
from odoo_gate.model import Finding, Metric, Place, Severity
from odoo_gate.modules.places import place_of, shortened
from odoo_gate.odoo.agent_client import Listing


def listing_findings(graph: AddonGraph, listing: Listing) -> tuple[tuple[Finding, ...], tuple[Metric, ...]]:
    """`modules.tests-found`: no test at all and files Odoo never looked at are errors.

    A single module without tests is a warning: the policy may demand more.
    """
    per_module = Counter(test.module for test in listing.tests)
    findings = [
        *_import_errors(graph, listing),
        *_untested(graph, per_module),
        *_unseen_files(graph, listing),
    ]
    metrics = [Metric("tests", len(listing.tests), "1")]
    metrics += [Metric(f"tests.{name}", per_module[name], "1") for name in graph.own]
    return tuple(findings), tuple(metrics)


def _import_errors(graph: AddonGraph, listing: Listing) -> Iterator[Finding]:
    for error in listing.errors:
        yield Finding(
            "import-error",
            f"{error.module} or its tests cannot be imported: {error.type}: {shortened(error.message)}",
            place=place_of(graph, error.file, error.line),
            remedy="correct the import; Odoo runs no test of this module",
        )


def _untested(graph: AddonGraph, per_module: Counter[str]) -> Iterator[Finding]:
    if not per_module.total():
        yield Finding(
            "no-tests",
            f"Odoo finds no test in {', '.join(graph.own) or 'any module'}",
            remedy="add a test, and import it in tests/__init__.py",
        )
    for name in graph.own:
        if not per_module[name]:
            yield Finding(
                "module-without-tests",
                f"Odoo finds no test in {name}",
                Severity.WARNING,
                place=_folder(graph, name),
                remedy=f"add {name}/tests/test_*.py and import it in {name}/tests/__init__.py",
            )


def _unseen_files(graph: AddonGraph, listing: Listing) -> Iterator[Finding]:
    """Files with tests that are imported and still not among those Odoo takes tests from."""
    failed = {error.module for error in listing.errors}
    seen = {place.path for file in listing.files if (place := place_of(graph, file))}
    for name in graph.own:
        folder = graph.folders.get(name)
        if folder is None or name in failed:
            continue
        for path in test_files(folder):
            relative = path.relative_to(graph.root).as_posix()
            if (folder / "tests") in path.parents and relative not in seen:
                yield Finding(
                    "test-file-not-loaded",
                    f"Odoo takes no test from {relative}",
                    place=Place(relative),
                    remedy=f"import the file itself, by its name, in {name}/tests/__init__.py",
                )


def _folder(graph: AddonGraph, name: str) -> Place | None:
    folder = graph.folders.get(name)
    return Place(folder.relative_to(graph.root).as_posix()) if folder else None
