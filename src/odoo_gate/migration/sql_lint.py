"""What squawk says of the schema statements in migration scripts."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from odoo_gate.errors import InfrastructureError
from odoo_gate.migration.script_files import Script
from odoo_gate.migration.script_lint import Statement
from odoo_gate.model import Finding, Place, Severity
from odoo_gate.process import run

ERRORS = frozenset({"adding-required-field", "ban-truncate-cascade"})
"""What does not work, or destroys, on a table with rows."""

IGNORED = (
    "prefer-robust-stmts", "prefer-bigint-over-int", "prefer-bigint-over-smallint", "prefer-text-field",
    "prefer-timestamp-tz", "prefer-identity", "require-lock-timeout", "require-statement-timeout",
    "require-concurrent-index-creation", "require-concurrent-index-deletion", "transaction-nesting", "ban-char-field",
)  # fmt: skip
"""Style, and what cannot be had inside the one transaction Odoo runs a script in."""

_PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|\{\w*\}")
_TIMEOUT = 60.0


def sql_findings(found: Sequence[tuple[Script, Statement]]) -> list[Finding]:
    """The findings of squawk on each statement. What it cannot read for its placeholders is said, not hidden.

    Raises InfrastructureError when squawk does not run.
    """
    if not found:
        return []
    with tempfile.TemporaryDirectory() as folder:
        by_file = {}
        for number, (script, statement) in enumerate(found):
            path = Path(folder) / f"{number}.sql"
            path.write_text(_PLACEHOLDER.sub("placeholder", statement.sql).rstrip("; \n") + ";\n", "utf-8")
            by_file[path.name] = (script, statement)
        answers = _answers(sorted(Path(folder).iterdir()))
    return [_finding(answer, *by_file[Path(answer["file"]).name]) for answer in answers]


def _answers(paths: Sequence[Path]) -> list[Mapping[str, str]]:
    command = [str(Path(sys.executable).with_name("squawk")), "--reporter", "json", "--assume-in-transaction"]
    done = run([*command, "--exclude", ",".join(IGNORED), *map(str, paths)], check=False, timeout=_TIMEOUT)
    try:
        answers: list[Mapping[str, str]] = json.loads(done.stdout)
    except ValueError as error:
        raise InfrastructureError(
            f"squawk ended with status {done.status} and said nothing readable: {done.stderr.strip()}",
            hint="install squawk-cli beside odoo-gate",
        ) from error
    return answers


def _finding(answer: Mapping[str, str], script: Script, statement: Statement) -> Finding:
    rule = answer["rule_name"]
    place = Place(script.place.path, statement.line + int(answer["line"]))
    told = " ".join(statement.sql.split())[:100]
    if rule == "syntax-error":
        return Finding("sql-not-read", f"squawk cannot read {told}: {answer['message']}", Severity.NOTE, place=place)
    return Finding(
        rule,
        f"{answer['message']} ({told})",
        Severity.ERROR if rule in ERRORS else Severity.WARNING,
        place=place,
        remedy=answer.get("help") or "see the rule of that name in squawk's documentation",
    )
