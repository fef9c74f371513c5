"""Bandit and pylint-odoo on the addons of a release, as findings of the one model."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from manifestoo_core.manifest import MANIFEST_NAMES

from odoo_gate.addons import AddonGraph
from odoo_gate.errors import UsageError
from odoo_gate.model import Finding, Place, Severity
from odoo_gate.security.code.program import program_of
from odoo_gate.security.code.rule import Sighting

BANDIT_TESTS = ("B102", "B113", "B301", "B307", "B324", "B501", "B506", "B602", "B608")
PYLINT_RULES = (
    "sql-injection",
    "invalid-commit",
    "external-request-timeout",
    "translation-injection",
    "no-write-in-compute",
    "no-raise-unlink",
    "resource-not-exist",
    "prohibited-method-override",
    "method-required-super",
    "except-pass",
    "manifest-external-assets",
    "eval-used",
    "exec-used",
)
LINT_RULES = frozenset({*(f"bandit-{each.lower()}" for each in BANDIT_TESTS), *PYLINT_RULES})
"""What the linters' findings are called."""


@dataclass(frozen=True, slots=True)
class LintFile:
    """A Python file to lint. `path` is POSIX from the release's root, `lines` its text."""

    addon: str
    path: str
    file: Path
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Linted:
    """What a linter said, of how many files it says so."""

    sightings: tuple[Sighting, ...]
    files: int


def files_to_lint(graph: AddonGraph) -> tuple[LintFile, ...]:
    """The Python files of the judged addons that users of a running Odoo reach."""
    return tuple(_files(graph))


def manifests_of(graph: AddonGraph) -> tuple[Path, ...]:
    folders = (graph.folders[name] for name in graph.selected if name in graph.folders)
    return tuple(file for folder in folders for name in MANIFEST_NAMES if (file := folder / name).is_file())


def needs(module: str) -> None:
    """Raises UsageError when a linter is not installed."""
    if importlib.util.find_spec(module) is None:
        raise UsageError(f"{module} is not installed", hint='install it: pip install "odoo-gate[security]"')


def sighting(file: LintFile, rule: str, line: int, said: str, severity: Severity, remedy: str) -> Sighting:
    """What a linter said of a line; the line's text stands in the message, its number does not."""
    code = file.lines[line - 1].strip() if 0 < line <= len(file.lines) else ""
    finding = Finding(rule, f"{said}: {code}" if code else said, severity, Place(file.path, line), remedy)
    return Sighting(file.addon, finding, line, line)


def failure(tool: str, what: str, place: Place | None = None) -> Sighting:
    """A linter that did not look: the check cannot pass."""
    finding = Finding("not-linted", f"{tool} {what}", Severity.ERROR, place, f"run {tool} by hand on the addons")
    return Sighting("", finding, 0, 0)


def _files(graph: AddonGraph) -> Iterator[LintFile]:
    for name, files in program_of(graph).items():
        for file in files.values():
            lines = file.read_text("utf-8", errors="replace").splitlines()
            yield LintFile(name, file.relative_to(graph.root).as_posix(), file, tuple(lines))
