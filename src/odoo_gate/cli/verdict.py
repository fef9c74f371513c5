"""How a verdict reads in a terminal, and the exit status it ends the command with."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from odoo_gate.errors import ExitCode
from odoo_gate.judgement import Assembled
from odoo_gate.model import Outcome, Status, Verdict
from odoo_gate.report import visible
from odoo_gate.settings import Settings

EXIT: Mapping[Status, ExitCode] = {
    Status.GO: ExitCode.GO,
    Status.NO_GO: ExitCode.NO_GO,
    Status.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
}
STYLE = {Status.GO: "bold green", Status.NO_GO: "bold red", Status.INCONCLUSIVE: "bold yellow"}
_REASONS_SHOWN = 10


def print_verdict(assembled: Assembled, settings: Settings) -> None:
    """The verdict, why it is no GO, where the report is, and the command that verifies it."""
    verdict = assembled.verdict
    console = _print_answer(verdict, f"{verdict.status} for {verdict.environment}", "all in the report")
    console.print(f"report  {assembled.report}", markup=False)
    if verdict.reasons:
        console.print(f"explain {_command('explain', settings)}", markup=False)
    console.print(f"verify  {_command('verify', settings)}", markup=False)


def _command(name: str, settings: Settings) -> str:
    return shlex.join(["odoo-gate", name, "--project", str(settings.root)])


def print_part(verdict: Verdict, families: Sequence[str], folder: Path) -> None:
    """The answer of some families of checks, and that it is none about the release."""
    title = f"{verdict.status} as far as {', '.join(families)} can tell"
    console = _print_answer(verdict, title, "all in the evidence")
    console.print(f"evidence  {folder}", markup=False)
    console.print("not signed: only a run of all checks can say whether the release may ship", markup=False)


def _print_answer(verdict: Verdict, title: str, where_more: str) -> Console:
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"\n{title}", style=STYLE[verdict.status])
    for reason in verdict.reasons[:_REASONS_SHOWN]:
        console.print(reason_line(reason.check, reason.outcome, reason.message), markup=False)
    if len(verdict.reasons) > _REASONS_SHOWN:
        console.print(f"  and {len(verdict.reasons) - _REASONS_SHOWN} more, {where_more}")
    return console


def reason_line(check: str, outcome: Outcome | None, message: str) -> str:
    """`  failed   modules.installs-alone: it needs account_budget`; the message's first line only."""
    first = message.partition("\n")[0]
    return f"  {outcome or 'not run':8} {visible(check)}: {visible(first)}"
