"""`odoo-gate doctor`: is this machine fit for a run, and if not, what to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from odoo_gate.cli.output import Json, print_json
from odoo_gate.cli.wire import DoctorV1
from odoo_gate.doctor import Diagnosis, Health, diagnose
from odoo_gate.errors import ExitCode

_STYLES = {Health.OK: "green", Health.WARNING: "yellow", Health.PROBLEM: "red"}


def doctor(
    project: Annotated[Path | None, typer.Option(help="The checkout to look at (default: this folder).")] = None,
    as_json: Json = False,
) -> int:
    """Look at Docker, disk, memory, images, ports, clock, settings and stacks that stand; say what to do.

    Ends with 0 when nothing keeps a run from working, 2 when the settings do, 4 when the machine does.

    Examples: odoo-gate doctor · odoo-gate doctor --project examples/construction --json
    """
    diagnoses = diagnose((project or Path.cwd()).resolve(), os.environ)
    if as_json:
        every = list(diagnoses)
        print_json(DoctorV1.of(every, int(_status(every))))
        return int(_status(every))
    console = Console(soft_wrap=True)
    found: list[Diagnosis] = []
    for diagnosis in diagnoses:
        style = _STYLES[diagnosis.health]
        console.print(f"[{style}]{diagnosis.health:<8}[/] {diagnosis.topic:<9} {escape(diagnosis.message)}")
        if diagnosis.remedy:
            console.print(f"{'':19}next step: {escape(diagnosis.remedy)}")
        found.append(diagnosis)
    return int(_status(found))


def _status(found: list[Diagnosis]) -> ExitCode:
    """The machine's problems weigh more than the settings': without a machine no settings help."""
    problems = {diagnosis.topic for diagnosis in found if diagnosis.health is Health.PROBLEM}
    if problems - {"settings"}:
        return ExitCode.INFRASTRUCTURE
    return ExitCode.USAGE if problems else ExitCode.GO
