"""The command line as Markdown, by typer's own generator."""

from __future__ import annotations

import html

import typer
from typer.cli import get_docs_for_click

from odoo_gate.cli.app import app
from odoo_gate.errors import ExitCode


def command_line() -> str:
    """Every command with its arguments and options, below a heading of its own."""
    context = typer.Context(typer.main.get_command(app), info_name="odoo-gate")
    text = get_docs_for_click(obj=context.command, ctx=context, name="odoo-gate", title="odoo-gate")
    _, _, body = text.partition("\n")
    return html.unescape(_escaped(body)).strip()


_MEANINGS = {
    ExitCode.GO: "GO, or done",
    ExitCode.NO_GO: "NO-GO, or something is wrong with what was looked at",
    ExitCode.USAGE: "usage or configuration",
    ExitCode.INCONCLUSIVE: "INCONCLUSIVE",
    ExitCode.INFRASTRUCTURE: "infrastructure: Docker, network, disk",
    ExitCode.INVALID: "invalid signature, or a report about something else",
    ExitCode.OVERRIDDEN: "no GO, and people answer for deploying nevertheless",
    ExitCode.INTERRUPTED: "interrupted",
}


def exit_statuses() -> str:
    """A table of what a command can end with. Raises KeyError for one that nobody explained."""
    lines = ["| exit status | meaning |", "|---|---|"]
    return "\n".join([*lines, *(f"| {int(code)} | {_MEANINGS[code]} |" for code in ExitCode)])


def _escaped(text: str) -> str:
    """Angle brackets outside of code stay words: Markdown would take `<id>` for HTML."""
    return text.replace("&lt;", "\\<").replace("&gt;", "\\>")
