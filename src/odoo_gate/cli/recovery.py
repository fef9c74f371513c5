"""`odoo-gate recovery`: prove a real backup by restoring it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from odoo_gate.cli.projects import open_project
from odoo_gate.errors import ExitCode
from odoo_gate.model import Finding, Severity
from odoo_gate.odoo.testbed import open_testbed
from odoo_gate.recovery import Verified, read_key, verify_backup
from odoo_gate.stack.run import Run, new_run_id

app = typer.Typer(help="Backups: prove a real one by restoring it and working with it.", no_args_is_help=True)

_MOST_TOLD = 6

_QUESTIONS = {
    "backup": "the backup as it lies there",
    "restore": "restored whole",
    "attachments": "every attachment's file",
    "invariants": "the books hold",
    "journeys": "people can work",
}


@app.command("verify-backup")
def verify(
    file: Annotated[
        Path, typer.Argument(help="An Odoo zip, a dump of pg_dump, or a folder odoo-gate backed up into.", exists=True)
    ],
    filestore: Annotated[
        Path | None, typer.Option(help="The filestore, when FILE holds none: a folder, tar or zip.", exists=True)
    ] = None,
    project: Annotated[
        Path | None, typer.Option(help="The checkout whose release serves it (default: from here up).")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="The key of an encrypted backup (default: gate.toml's).")
    ] = None,
) -> None:
    """Restore FILE into a stack of its own, start Odoo on it, log in and work. Nothing leaves this machine.

    The copy is neutralised before Odoo starts and is gone afterwards. The baseline of the project serves it, or the
    candidate where gate.toml names none. Ends with 0 when the backup is sound and with 1 when it is not.

    Example: odoo-gate recovery verify-backup devries-2026-11-21.zip --project examples/construction
    """
    settings = open_project(project)
    own_key = settings.resolve(settings.recovery.key_file) if settings.recovery.key_file else None
    key = read_key(key_file or own_key, settings.recovery.key_variable)
    console = Console(stderr=True, markup=False, highlight=False)
    with (
        tempfile.TemporaryDirectory(prefix="odoo-gate-") as folder,
        Run(new_run_id(), Path(folder) / "run", console.print) as run,
    ):
        testbed = open_testbed(settings, run, console.print)
        release = testbed.baseline or testbed.candidate
        verified = verify_backup(testbed, release, file, filestore, Path(folder), key=key, say=console.print)
    _print(verified)
    if not verified.is_sound:
        raise typer.Exit(ExitCode.NO_GO)


def _print(verified: Verified) -> None:
    for check, title in _QUESTIONS.items():
        found = verified.findings.get(check)
        errors = [each for each in found or () if each.severity is Severity.ERROR]
        word = "not asked" if found is None else "FAILED" if errors else "ok"
        typer.echo(f"{word:<9} {title}")
        told = sorted(found or (), key=lambda each: each.severity is not Severity.ERROR)
        for finding in told[:_MOST_TOLD]:
            typer.echo(_told(finding))
        if len(told) > _MOST_TOLD:
            typer.echo(f"          and {len(told) - _MOST_TOLD} more")
    for metric in verified.metrics:
        typer.echo(f"{metric.name}: {metric.value:,.1f} {'' if metric.unit == '1' else metric.unit}".rstrip())
    for step in verified.steps:
        typer.echo(f"  {step.seconds:6.2f} s  {step.name}")


def _told(finding: Finding) -> str:
    remedy = f"\n            next step: {finding.remedy}" if finding.remedy else ""
    return f"          {finding.severity}: {finding.message} [{finding.rule}]{remedy}"
