"""`odoo-gate record`: the append-only log of verdicts, approvals and verifications."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.attest.record import Record
from odoo_gate.attest.run_folder import PAYLOAD
from odoo_gate.attest.statement import read_statement
from odoo_gate.errors import UsageError
from odoo_gate.judgement import Assembled
from odoo_gate.report import visible
from odoo_gate.settings import Settings

app = typer.Typer(help="The log of verdicts, approvals and verifications: chained, append-only.", no_args_is_help=True)


@app.command()
def show(
    path: Annotated[Path, typer.Argument(help="The record.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the entries as JSON lines, to export them.")] = False,
) -> None:
    """Check the whole chain, print it, and the digest to keep elsewhere. Exit status 5 when it was changed.

    Examples: odoo-gate record show record.jsonl · odoo-gate record show record.jsonl --json
    """
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


@app.command()
def review(
    path: Annotated[Path, typer.Argument(help="The record.")],
    project: Annotated[str, typer.Option(help="The project whose emergency it was.")],
    environment: Annotated[str, typer.Option(help="The environment that was deployed to.")],
    person: Annotated[str, typer.Option("--as", help="Who looked into it.")],
    found: Annotated[str, typer.Option(help="What came out, and where the whole of it is written.")],
) -> None:
    """Record that the oldest emergency override that is still open was looked into. Until then nothing is verified.

    Example: odoo-gate record review record.jsonl --project Bouw --environment production --as anna --found "PIR-7: ..."
    """
    record = Record(path)
    overridden = record.unreviewed(project, environment)
    if overridden is None:
        raise UsageError(f"no emergency of {project} in {environment} is open", hint="see: odoo-gate record show")
    if len(found.strip()) < 10:
        raise UsageError("the review says nothing", hint="say what came out of it, and where it is written")
    record.append_review(overridden, datetime.now(UTC), f"{person}: {found.strip()}")
    typer.echo(f"reviewed the override of {visible(overridden.run)} on {overridden.time:%Y-%m-%d %H:%M} UTC")


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
