"""`odoo-gate record`: the append-only log of verdicts, approvals and verifications."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.attest.record import Record
from odoo_gate.attest.run_folder import PAYLOAD
from odoo_gate.attest.statement import read_statement
from odoo_gate.judgement import Assembled
from odoo_gate.report import visible
from odoo_gate.settings import Settings

app = typer.Typer(help="The log of verdicts, approvals and verifications: chained, append-only.", no_args_is_help=True)


@app.command()
def show(
    path: Annotated[Path, typer.Argument(help="The record.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the entries as JSON lines, to export them.")] = False,
) -> None:
    """Check the whole chain, print it, and the digest to keep elsewhere. Exit status 5 when it was changed."""
    record = Record(path)
    for entry in record.entries():
        if as_json:
            typer.echo(entry.model_dump_json(by_alias=True))
            continue
        what = f"{entry.verdict} for {entry.environment}, run {visible(entry.run)}"
        detail = f": {visible(entry.detail)}" if entry.detail else ""
        typer.echo(f"{entry.time:%Y-%m-%d %H:%M:%S}  {entry.event:9} {visible(entry.project)}  {what}{detail}")
    if not as_json:
        typer.echo(f"whole; its last line is sha256:{record.head}")


def record_of(settings: Settings | None) -> Record | None:
    """The record that the project keeps, if it keeps one."""
    if settings is None or not settings.attest.record:
        return None
    return Record(settings.resolve(settings.attest.record))


def record_judgement(settings: Settings, assembled: Assembled, at: datetime) -> None:
    """Add a new verdict to the project's record. Raises VerificationError, InfrastructureError."""
    record = record_of(settings)
    if record is not None:
        payload = (assembled.bundle.parent / PAYLOAD).read_bytes()
        record.append("judged", read_statement(payload), payload, at)
