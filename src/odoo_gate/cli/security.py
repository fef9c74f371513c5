"""`odoo-gate security`: who may do what in a release, drafted for approval or compared with what was approved."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from odoo_gate.cli.projects import open_project
from odoo_gate.data import like_production
from odoo_gate.errors import ExitCode
from odoo_gate.model import Finding, Severity
from odoo_gate.odoo.testbed import Release, Testbed, open_testbed
from odoo_gate.security.live import (
    Measured,
    Read,
    field_findings,
    field_rights,
    measure_rights,
    merged,
    open_site,
    read_matrix,
    rights_findings,
    roles_of,
    write_matrix,
)
from odoo_gate.settings import Settings
from odoo_gate.stack.run import Run, new_run_id

app = typer.Typer(help="Who may do what in a release, as it runs.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `rights` a subcommand while it is the only one."""


@app.command()
def rights(
    write: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the candidate's matrix here, to be read and approved.")
    ] = None,
    project: Annotated[
        Path | None, typer.Option(help="The checkout whose release is asked (default: from here up).")
    ] = None,
) -> None:
    """Measure what every role may do with every model, and who reads sensitive fields.

    With --write it drafts the matrix that people read, correct and approve by committing it; without, it tells what
    differs from the approved one, and ends with 1 when somebody may do more than was approved and than the baseline
    lets them.

    Example: odoo-gate security rights --write security/rights.csv
    """
    settings = open_project(project)
    console = Console(stderr=True, markup=False, highlight=False)
    with (
        tempfile.TemporaryDirectory(prefix="odoo-gate-") as folder,
        Run(new_run_id(), Path(folder) / "run", console.print) as run,
    ):
        testbed = open_testbed(settings, run, console.print)
        measured, read = _measure(testbed, testbed.candidate, settings, console)
        matrix = merged(measured.matrix, read.matrix)
        if write is not None:
            write.parent.mkdir(parents=True, exist_ok=True)
            write.write_text(write_matrix(matrix), encoding="utf-8")
            lines = f"{len(matrix.rows)} lines"
            typer.echo(f"{lines} written to {write}: read them, correct them, and commit what you approve")
            return
        found = _differences(testbed, measured, read, settings, console)
    for finding in found:
        typer.echo(f"{finding.severity}: {finding.message} [{finding.rule}]")
    if any(finding.severity is Severity.ERROR for finding in found):
        raise typer.Exit(ExitCode.NO_GO)
    typer.echo(f"{len(matrix.rows)} rights, nobody was given more than was approved")


def _measure(testbed: Testbed, release: Release, settings: Settings, console: Console) -> tuple[Measured, Read]:
    """What the roles of the release may do, and which sensitive fields they read."""
    template = like_production(testbed, release, console.print)
    with open_site(testbed, release, template, roles_of(settings.roles), console.print) as site:
        return measure_rights(site), field_rights(site, settings.security.sensitive)


def _differences(
    testbed: Testbed, measured: Measured, read: Read, settings: Settings, console: Console
) -> list[Finding]:
    """What differs from the approved matrix, judged as the gate does: a warning where the baseline gave it too."""
    path = settings.security.rights
    approved = read_matrix(settings.resolve(path)) if path else None
    before = _measure(testbed, testbed.baseline, settings, console) if testbed.baseline is not None else (None, None)
    return [*rights_findings(measured, approved, before[0]), *field_findings(read, approved, before[1])]
