"""Bandit, with the rules that fit Odoo addons. Its `# nosec` is not obeyed: it gives no reason."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from odoo_gate.addons import AddonGraph
from odoo_gate.model import Place, Severity
from odoo_gate.process import run
from odoo_gate.security.code.lint import BANDIT_TESTS, Linted, LintFile, failure, files_to_lint, needs, sighting

_FOUND_NOTHING, _FOUND_SOMETHING = 0, 1
_TIMEOUT = 600.0


def bandit(graph: AddonGraph) -> Linted:
    """What bandit says of the judged addons. A crash, or a file it did not read, is a finding of severity error.

    Raises UsageError when bandit is not installed.
    """
    needs("bandit")
    files = {str(each.file): each for each in files_to_lint(graph)}
    if not files:
        return Linted((failure("bandit", "has no Python file to look at"),), 0)
    done = run(
        [
            sys.executable,
            "-P",
            "-m",
            "bandit",
            "-q",
            "-f",
            "json",
            "--ignore-nosec",
            "-t",
            ",".join(BANDIT_TESTS),
            *files,
        ],
        cwd=graph.root,
        timeout=_TIMEOUT,
        check=False,
    )
    if done.status not in (_FOUND_NOTHING, _FOUND_SOMETHING):
        return Linted((failure("bandit", f"ended with status {done.status}: {_last(done.stderr)}"),), 0)
    try:
        said = json.loads(done.stdout)
    except json.JSONDecodeError:
        return Linted((failure("bandit", f"did not answer: {_last(done.stderr)}"),), 0)
    return _read(said, files)


def _read(said: dict[str, Any], files: dict[str, LintFile]) -> Linted:
    examined = {str(Path(name)) for name in said["metrics"]} & files.keys()
    broken = {str(Path(each["filename"])): each["reason"] for each in said["errors"]}
    found = [
        failure(
            "bandit", f"did not look at {files[name].path}: {broken.get(name, 'left out')}", Place(files[name].path)
        )
        for name in files
        if name not in examined or name in broken
    ]
    for each in said["results"]:
        file = files[str(Path(each["filename"]))]
        sure = each["issue_severity"] != "LOW" and each["issue_confidence"] != "LOW"
        rule = f"bandit-{each['test_id'].lower()}"
        severity = Severity.ERROR if sure else Severity.WARNING
        found.append(sighting(file, rule, each["line_number"], each["issue_text"], severity, each["more_info"]))
    return Linted(tuple(found), len(examined - broken.keys()))


def _last(text: str) -> str:
    return (text.strip().splitlines() or ["it said nothing"])[-1]
