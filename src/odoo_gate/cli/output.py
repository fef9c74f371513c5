"""How commands speak: to people in colours where that helps, to machines as one JSON object."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.console import Console

from odoo_gate.model import Say, silent

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines; the rest goes to stderr.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only the result.")]
Plain = Annotated[bool, typer.Option("--plain", help="Plain lines: no colours, nothing that moves.")]


def colours(env: Mapping[str, str] = os.environ, *, plain: bool = False) -> bool:
    """Whether what a person reads may be coloured and move: a terminal, and nobody who asked for less."""
    return not plain and not env.get("NO_COLOR") and env.get("TERM") != "dumb" and sys.stderr.isatty()


def progress_console(*, plain: bool = False) -> Console:
    """Where progress is shown: stderr, because stdout belongs to the result."""
    return Console(stderr=True, highlight=False, soft_wrap=True, no_color=not colours(plain=plain))


def sayer(*, quiet: bool = False, plain: bool = False) -> Say:
    """A `Say` for long work: nothing when quiet, lines with the time where nobody watches, else plain lines."""
    if quiet:
        return silent
    console = progress_console(plain=plain)

    def say(line: str) -> None:
        console.print(line if console.is_terminal else f"{time.strftime('%H:%M:%S')} {line}", markup=False)

    return say


def print_json(document: BaseModel) -> None:
    """The one JSON object a command ends with."""
    sys.stdout.write(document.model_dump_json(indent=1) + "\n")
    sys.stdout.flush()


def print_error(message: str, hint: str, status: int) -> None:
    """The JSON object of a command that could not do its work."""
    sys.stdout.write(json.dumps({"version": 1, "error": message, "hint": hint, "exit_status": status}) + "\n")
    sys.stdout.flush()
