"""`odoo-gate judge`: bring the evidence of several shards together and judge it as one run."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.cli.output import Json, print_json
from odoo_gate.cli.projects import open_project
from odoo_gate.cli.record import record_judgement
from odoo_gate.cli.signing import judge_and_sign, signing_of
from odoo_gate.cli.verdict import EXIT, print_verdict
from odoo_gate.cli.wire import VerdictV1
from odoo_gate.errors import UsageError
from odoo_gate.judgement import (
    Prepared,
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
from odoo_gate.settings import Settings, judged_settings
from odoo_gate.subject import BASELINE_FACTS, configuration_listing


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
    as_json: Json = False,
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
    signing = signing_of(settings, os.environ)
    first = read_prepared(shards[0])
    if first.policy != read_policy(settings):
        raise UsageError(
            "the shards were run under another policy than this project's",
            hint="run them again with the policy of this checkout",
        )
    _refuse_other_settings(first, settings)
    run_folder = new_run_folder(settings.root, given)
    prepared = merge(shards, run_folder)
    now = datetime.now(UTC)
    rules = load_policy(prepared.policy).rules(prepared.subject.environment)
    record_calendars(run_folder, rules, read_calendars(rules, policy_folder(settings)), now)
    assembled = judge_and_sign(run_folder, prepared, signing, now)
    if given is None:
        point_latest(run_folder)
    record_judgement(settings, assembled, now)
    status = int(EXIT[assembled.verdict.status])
    if as_json:
        print_json(VerdictV1.signed_by(assembled, exit_status=status))
    else:
        print_verdict(assembled, settings)
    return status


def _refuse_other_settings(shard: Prepared, settings: Settings) -> None:
    """Raise UsageError unless the shards ran under this checkout's settings and files."""
    ours = judged_settings(settings)
    theirs = {key: value for key, value in shard.subject.settings.items() if key not in BASELINE_FACTS}
    differing = sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))
    if differing or shard.configuration != configuration_listing(settings):
        what = ", ".join(differing[:5]) or "a file that gate.toml names"
        raise UsageError(
            f"the shards were run under other settings than this checkout's: {what}",
            hint="run them on this commit, with the same ODOO_GATE_... variables as this job",
        )
