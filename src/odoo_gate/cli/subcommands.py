"""Which subcommands there are, and the command line made of them: of all, or of the one that is asked for.

What a subcommand needs is imported with it. All together that is a second or two, which nobody has to wait for who
asks for one.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

import typer

from odoo_gate import __version__

_COMMANDS = (
    "init", "run", "judge", "verify", "explain", "history", "probe", "approve", "attest", "override", "doctor", "up",
    "down", "shell", "watch",
)  # fmt: skip
"""Each is the function of its name, in the module of its name."""
_ELSEWHERE = {"down": "up"}
"""But for these, which are in the module of another."""
_GROUPS = (
    "images", "templates", "keys", "record", "respond", "rollback", "data", "recovery", "crons", "report", "load",
    "security", "contracts",
)  # fmt: skip
"""Subcommands with subcommands of their own: the `app` of the module of the same name."""


def command_line(asked: str = "") -> typer.Typer:
    """`odoo-gate` with the subcommand `asked` alone; with all of them where there is none of that name."""
    app = typer.Typer(
        name="odoo-gate",
        help="May this exact Odoo release go to that environment now?",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        epilog="Exit status: 0 GO, 1 NO-GO, 2 usage, 3 INCONCLUSIVE, 4 infrastructure, 5 invalid, 6 overridden,"
        " 130 interrupted",
    )
    app.callback(invoke_without_command=True)(_version)
    wanted = {asked} & {*_COMMANDS, *_GROUPS} or {*_COMMANDS, *_GROUPS}
    for name in (each for each in _COMMANDS if each in wanted):
        app.command()(getattr(_module(_ELSEWHERE.get(name, name)), name))
    for name in (each for each in _GROUPS if each in wanted):
        app.add_typer(_module(name).app, name=name)
    return app


def _module(name: str) -> ModuleType:
    return import_module(f"odoo_gate.cli.{name}")


def _version(version: bool = typer.Option(False, "--version", help="Print the version and leave.")) -> None:
    if version:
        typer.echo(f"odoo-gate {__version__}")
        raise typer.Exit
