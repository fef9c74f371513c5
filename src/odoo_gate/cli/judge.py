"""`odoo-gate judge`: bring the evidence of several shards together and judge it as one run."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.attest import load_signer
from odoo_gate.cli.projects import open_project
from odoo_gate.cli.verdict import EXIT, print_verdict
from odoo_gate.errors import UsageError
from odoo_gate.judgement import assemble, merge, point_latest, read_policy, read_prepared, runs_folder
from odoo_gate.stack.liveness import new_run_id


def judge(
    shards: Annotated[list[Path], typer.Argument(help="The run folders that the shards wrote.")],
    count: Annotated[int, typer.Option("--shards", min=1, help="How many there must be, so that none is forgotten.")],
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
    if read_prepared(shards[0]).policy != read_policy(settings):
        raise UsageError(
            "the shards were run under another policy than this project's",
            hint="run them again with the policy of this checkout",
        )
    run_folder = runs_folder(settings.root) / new_run_id()
    prepared = merge(shards, run_folder)
    assembled = assemble(
        run_folder, prepared.subject, prepared.addons_listing, prepared.policy, signer, datetime.now(UTC)
    )
    point_latest(run_folder)
    print_verdict(assembled, settings)
    return int(EXIT[assembled.verdict.status])
