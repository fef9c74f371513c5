"""Pylint with pylint-odoo's rules for what goes wrong in production. A project's own .pylintrc is not read."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from odoo_gate.addons import AddonGraph
from odoo_gate.model import Place, Severity
from odoo_gate.process import run
from odoo_gate.security.code.lint import (
    PYLINT_RULES,
    Linted,
    LintFile,
    failure,
    files_to_lint,
    manifests_of,
    needs,
    sighting,
)
from odoo_gate.security.code.rule import Sighting

_ALSO = ("suppressed-message", "unknown-option-value", "fatal", "astroid-error", "syntax-error", "parse-error")
"""What pylint says of itself, and of the comments that silence it."""

_HARMLESS = frozenset({"suppressed-message"})
_OF_ITSELF = frozenset({*_ALSO} - _HARMLESS)
_GRAVE = frozenset({"eval-used", "exec-used"})
_FATAL, _USAGE = 1, 32
"""Bits of pylint's exit status."""

_LINE = re.compile(r" \(from line \d+\)")
_TIMEOUT = 1800.0
_REMEDY = "see the rule in pylint-odoo's README"


def pylint_odoo(graph: AddonGraph) -> Linted:
    """What pylint-odoo says of the judged addons. A crash, or nothing looked at, is a finding of severity error.

    Raises UsageError when pylint-odoo is not installed.
    """
    needs("pylint_odoo")
    files = {each.path: each for each in files_to_lint(graph)}
    if not files:
        return Linted((failure("pylint-odoo", "has no Python file to look at"),), 0)
    done = run(
        [*_command(graph), *(str(each.file) for each in files.values()), *map(str, manifests_of(graph))],
        cwd=graph.root,
        timeout=_TIMEOUT,
        check=False,
    )
    try:
        said = json.loads(done.stdout)
    except json.JSONDecodeError:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return Linted((failure("pylint-odoo", f"ended with status {done.status} and no answer: {last}"),), 0)
    linted = int(said["statistics"]["modulesLinted"])
    found = [_read(message, files, graph.root) for message in said["messages"]]
    fatal = any(message["type"] == "fatal" for message in said["messages"])  # a rule's own, such as resource-not-exist
    if done.status & _USAGE or (done.status & _FATAL and not fatal):
        found.append(failure("pylint-odoo", f"ended with status {done.status}"))
    if linted == 0:
        found.append(failure("pylint-odoo", "looked at no file"))
    return Linted(tuple(found), linted)


def _command(graph: AddonGraph) -> list[str]:
    return [
        *(
            sys.executable,
            "-P",
            "-m",
            "pylint",
            f"--rcfile={os.devnull}",
            "--load-plugins=pylint_odoo",
            "--disable=all",
        ),
        f"--enable={','.join((*PYLINT_RULES, *_ALSO))}",
        f"--valid-odoo-versions={graph.series}",
        *("--output-format=json2", "--score=n", "--persistent=n", "-j1"),
    ]


def _read(message: dict[str, Any], files: Mapping[str, LintFile], root: Path) -> Sighting:
    symbol, said = message["symbol"], " ".join(message["message"].split())
    path = Path(root, message["path"])
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else message["path"]
    if symbol in _OF_ITSELF:
        return failure("pylint-odoo", f"says {symbol}: {said}", Place(name, message["line"]))
    file = files.get(name) or LintFile(_addon_of(name, files), name, path, ())
    if symbol in _HARMLESS:
        silenced = _LINE.sub("", said)
        return sighting(file, "pylint-suppressed", message["line"], silenced, Severity.NOTE, "")
    sure = message["type"] in ("error", "fatal") or symbol in _GRAVE
    severity = Severity.ERROR if sure else Severity.WARNING
    return sighting(file, symbol, message["line"], said.partition(" - More info")[0], severity, _REMEDY)


def _addon_of(name: str, files: Mapping[str, LintFile]) -> str:
    """The addon of a file that is no program: pylint-odoo looks into manifests and data too."""
    folders = {each.path.partition(f"/{each.addon}/")[0] + f"/{each.addon}/": each.addon for each in files.values()}
    return next((addon for folder, addon in folders.items() if name.startswith(folder)), "")
