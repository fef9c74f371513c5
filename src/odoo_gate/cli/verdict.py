"""How a verdict reads in a terminal, and the exit status it ends the command with."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from rich.console import Console

from odoo_gate.errors import ExitCode
from odoo_gate.judgement import Assembled
from odoo_gate.model import Outcome, Status
from odoo_gate.report import visible
from odoo_gate.settings import Settings

EXIT: Mapping[Status, ExitCode] = {
    Status.GO: ExitCode.GO,
    Status.NO_GO: ExitCode.NO_GO,
    Status.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
}
_STYLE = {Status.GO: "bold green", Status.NO_GO: "bold red", Status.INCONCLUSIVE: "bold yellow"}
_REASONS_SHOWN = 10


def print_verdict(assembled: Assembled, settings: Settings) -> None:
    """The verdict, why it is no GO, where the report is, and the command that verifies it."""
    console = Console(soft_wrap=True, highlight=False)
    verdict = assembled.verdict
    console.print(f"\n{verdict.status} for {verdict.environment}", style=_STYLE[verdict.status])
    for reason in verdict.reasons[:_REASONS_SHOWN]:
        console.print(reason_line(reason.check, reason.outcome, reason.message), markup=False)
    if len(verdict.reasons) > _REASONS_SHOWN:
        console.print(f"  and {len(verdict.reasons) - _REASONS_SHOWN} more, all in the report")
    console.print(f"report  {assembled.report}", markup=False)
    verify = ["odoo-gate", "verify", "--project", str(settings.root)]
    console.print(f"verify  {shlex.join(verify)}", markup=False)


def reason_line(check: str, outcome: Outcome | None, message: str) -> str:
    """`  failed   modules.installs-alone: it needs account_budget`; the message's first line only."""
    first = message.partition("\n")[0]
    return f"  {outcome or 'not run':8} {visible(check)}: {visible(first)}"
