"""`odoo-gate judge`: bring the evidence of several shards together and judge it as one run."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.attest import load_signer
from odoo_gate.cli.projects import open_project
from odoo_gate.cli.record import record_judgement
from odoo_gate.cli.verdict import EXIT, print_verdict
from odoo_gate.errors import UsageError
from odoo_gate.judgement import (
    assemble,
    merge,
    new_run_folder,
    point_latest,
    policy_folder,
    read_calendars,
    read_policy,
    read_prepared,
    record_calendars,
)
from odoo_gate.policy import load_policy


def judge(
    shards: Annotated[list[Path], typer.Argument(help="The run folders that the shards wrote.")],
    count: Annotated[int, typer.Option("--shards", min=1, help="How many there must be, so that none is forgotten.")],
    project: Annotated[
        Path | None, typer.Option(help="The project's folder (default: where gate.toml is found).")
    ] = None,
    given: Annotated[
        Path | None,
        typer.Option("--folder", help="Write the verdict there, a new folder (default: .odoo-gate/runs/<id>)."),
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
    run_folder = new_run_folder(settings.root, given)
    prepared = merge(shards, run_folder)
    now = datetime.now(UTC)
    rules = load_policy(prepared.policy).rules(prepared.subject.environment)
    record_calendars(run_folder, rules, read_calendars(rules, policy_folder(settings)), now)
    assembled = assemble(run_folder, prepared.subject, prepared.addons_listing, prepared.policy, signer, now)
    if given is None:
        point_latest(run_folder)
    record_judgement(settings, assembled, now)
    print_verdict(assembled, settings)
    return int(EXIT[assembled.verdict.status])
