"""`odoo-gate judge`: bring the evidence of several shards together and judge it as one run."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.attest import load_signer
from odoo_gate.cli.projects import open_project
from odoo_gate.cli.verify import first_line
from odoo_gate.errors import UsageError
from odoo_gate.judgement import Assembled, assemble, merge, point_latest, read_policy, runs_folder
from odoo_gate.model import Status
from odoo_gate.report import visible
from odoo_gate.stack.liveness import new_run_id

_EXIT = {Status.GO: 0, Status.NO_GO: 1, Status.INCONCLUSIVE: 3}


def judge(
    shards: Annotated[list[Path], typer.Argument(help="The run folders that the shards wrote.")],
    count: Annotated[
        int, typer.Option("--shards", min=1, help="How many there must be, so that none is forgotten.")
    ],
    project: Annotated[
        Path | None, typer.Option(help="The project's folder (default: where gate.toml is found).")
    ] = None,
) -> int:
    """Judge the merged evidence of shards that ran elsewhere, and sign the verdict.

    Example: odoo-gate judge shard-1 shard-2 --shards 2
    """
    settings = open_project(project)
    if len(shards) != count:
        raise UsageError(
            f"{len(shards)} shards are given and {count} must be there",
            hint="a shard without a folder did not finish; run it again",
        )
    signer = load_signer(settings.attest.signing_key, settings.root, os.environ)
    run_folder = runs_folder(settings.root) / new_run_id()
    prepared = merge(shards, run_folder)
    if prepared.policy != read_policy(settings):
        raise UsageError(
            "the shards were run under another policy than this project's",
            hint="run them again with the policy of this checkout",
        )
    assembled = assemble(
        run_folder, prepared.subject, prepared.addons_listing, prepared.policy, signer, datetime.now(UTC)
    )
    point_latest(run_folder)
    print_verdict(assembled)
    return _EXIT[assembled.verdict.status]


def print_verdict(assembled: Assembled) -> None:
    """The verdict, its reasons, and where the report is."""
    verdict = assembled.verdict
    typer.secho(f"{verdict.status} for {verdict.environment}", bold=True)
    for reason in verdict.reasons:
        outcome = reason.outcome or "not run"
        typer.echo(f"  {outcome:8} {reason.check}: {visible(first_line(reason.message))}")
    typer.echo(f"report  {assembled.report}")
