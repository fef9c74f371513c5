"""`odoo-gate run`: from a checkout to a signed verdict."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.addons import addons_listing, candidate_graph
from odoo_gate.cli.output import Json, Plain, Quiet, print_json, sayer
from odoo_gate.cli.phases import FAMILIES, phases_of, run_phases
from odoo_gate.cli.preflight import require_usable
from odoo_gate.cli.progress import manner_of
from odoo_gate.cli.projects import open_project
from odoo_gate.cli.record import record_judgement
from odoo_gate.cli.signing import judge_and_sign, signing_of
from odoo_gate.cli.verdict import EXIT, print_part, print_verdict
from odoo_gate.cli.wire import VerdictV1
from odoo_gate.errors import ExitCode, UsageError
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import (
    Prepared,
    judge_part,
    new_run_folder,
    point_latest,
    policy_folder,
    prepare,
    read_calendars,
    read_policy,
    record_calendars,
)
from odoo_gate.model import CheckResult, Finding, ImageIdentity, Outcome, Say
from odoo_gate.policy import load_policy
from odoo_gate.settings import Settings
from odoo_gate.stack.images import Images
from odoo_gate.subject import configuration_listing, release_subject


class Profile(StrEnum):
    """How much of the load and of the drills is asked."""

    FULL = "full"
    QUICK = "quick"


def run(
    project: Annotated[
        Path | None, typer.Option(help="The checkout to judge (default: gate.toml upwards from here).")
    ] = None,
    environment: Annotated[str, typer.Option(help="Judge for this environment instead of gate.toml's.")] = "",
    workers: Annotated[
        str, typer.Option("--workers", "-n", help="pytest workers that run tests side by side.")
    ] = "auto",
    only: Annotated[
        str, typer.Option(metavar="FAMILIES", help=f"Ask these alone, signing nothing: {', '.join(FAMILIES)}.")
    ] = "",
    given: Annotated[
        Path | None, typer.Option("--folder", help="Write the run there, a new folder (default: .odoo-gate/runs/<id>).")
    ] = None,
    companies: Annotated[
        str, typer.Option(metavar="NAMES", help="Ask the tenancy checks of these companies alone; needs --only.")
    ] = "",
    profile: Annotated[
        Profile | None,
        typer.Option(help="How much of load and resilience is asked; what quick leaves out did not run, nor pass."),
    ] = None,
    keep_stack: Annotated[
        bool,
        typer.Option("--keep-stack", help="Keep the databases failed checks worked on, for `odoo-gate up --check ID`."),
    ] = False,
    quiet: Quiet = False,
    plain: Plain = False,
    as_json: Json = False,
) -> int:
    """Judge the release in a checkout: run every check, write a signed verdict and its report.

    Examples: odoo-gate run · odoo-gate run --project examples/construction -n 2 ·
    odoo-gate run --only migration --keep-stack · odoo-gate run --json -q > verdict.json
    """
    started = datetime.now(UTC)
    settings = _for_companies(_for_environment(open_project(project), environment), companies, only)
    settings = _with_profile(settings, profile)
    rules = load_policy(read_policy(settings)).rules(settings.policy.environment)
    phases = phases_of(only, rules.families)
    families = [family for phase in phases for family in phase.families]
    signing = None if only else signing_of(settings, os.environ)
    if signing is not None and os.environ.get("CI"):
        _warn_of_the_key()
    calendars = read_calendars(rules, policy_folder(settings))
    folder = new_run_folder(settings.root, given)
    require_usable(settings, families)
    images = _images(settings, sayer(quiet=quiet, plain=plain))
    before = _read_release(settings, images)
    prepare(folder, before)
    _write_circumstances(folder, settings, images)
    interrupted = run_phases(
        phases,
        settings,
        folder,
        workers,
        manner=manner_of(quiet=quiet, plain=plain, as_json=as_json),
        as_json=as_json,
        keep_stack=keep_stack,
    )
    _record_snapshot(folder / phases[0].evidence, before, _read_release(settings, images), started)
    if signing is None:
        verdict = judge_part(folder, before.policy, before.subject.environment, families, datetime.now(UTC))
        status = int(ExitCode.INTERRUPTED if interrupted else EXIT[verdict.status])
        if as_json:
            print_json(VerdictV1.of(verdict, folder, exit_status=status, families=families))
        else:
            print_part(verdict, families, folder)
        return status
    now = datetime.now(UTC)
    record_calendars(folder, rules, calendars, now)
    assembled = judge_and_sign(folder, before, signing, now)
    if given is None:
        point_latest(folder)
    record_judgement(settings, assembled, now)
    status = int(ExitCode.INTERRUPTED if interrupted else EXIT[assembled.verdict.status])
    if as_json:
        print_json(VerdictV1.signed_by(assembled, exit_status=status))
    else:
        print_verdict(assembled, settings)
    return status


def _warn_of_the_key() -> None:
    """Said and no more: a job of one's own, with a reviewed release, may be meant to do both."""
    typer.secho(
        "odoo-gate: this job runs code of the release and holds what signs: the release can reach it\n"
        "  next step: run it without the key and with --only, and let a later job sign: odoo-gate judge (docs/ci.md)",
        fg=typer.colors.YELLOW,
        err=True,
    )


def _for_environment(settings: Settings, environment: str) -> Settings:
    if not environment:
        return settings
    policy = settings.policy.model_copy(update={"environment": environment})
    return settings.model_copy(update={"policy": policy})


def _for_companies(settings: Settings, companies: str, only: str) -> Settings:
    """Settings narrowed to some companies. What is narrowed is never signed. Raises UsageError."""
    names = tuple(name.strip() for name in companies.split(",") if name.strip())
    if not names:
        return settings
    if not only:
        raise UsageError("--companies leaves companies out", hint="add --only tenancy: a part is never signed")
    tenancy = settings.tenancy.model_copy(update={"companies": names})
    return settings.model_copy(update={"tenancy": tenancy})


def _with_profile(settings: Settings, profile: Profile | None) -> Settings:
    if profile is None:
        return settings
    return settings.model_copy(update={"load": settings.load.model_copy(update={"profile": profile.value})})


def _images(settings: Settings, say: Say) -> Sequence[ImageIdentity]:
    """The release's image, its test image, PostgreSQL, Redis and nginx: here, pulled or built."""
    images, stack, requirements = Images(say), settings.stack, settings.requirements()
    series = settings.project.series
    return (
        images.odoo(series, stack.odoo_image, requirements),
        images.odoo(series, stack.odoo_image, requirements, "test"),
        images.postgres(stack.postgres_image),
        images.redis(stack.redis_image),
        images.nginx(stack.nginx_image),
    )


def _read_release(settings: Settings, images: Sequence[ImageIdentity]) -> Prepared:
    """What lies in the checkout at this moment; the tests' image and the ingress are no part of the release."""
    odoo, _, *services, nginx = images
    policy = read_policy(settings)
    graph = candidate_graph(settings, None)
    subject = release_subject(settings, graph, (odoo, *services), policy, instruments=(nginx,))
    listing = addons_listing(settings.addons_roots, settings.root).encode()
    return Prepared(subject, listing, policy, configuration_listing(settings))


def _write_circumstances(folder: Path, settings: Settings, images: Sequence[ImageIdentity]) -> None:
    """Keep the settings in force and the inventory of every image, the test image's too, as evidence."""
    (folder / "settings.json").write_text(settings.model_dump_json(indent=1, exclude={"root", "file"}) + "\n")
    (folder / "images.json").write_text(json.dumps([asdict(image) for image in images], indent=1) + "\n")


def _record_snapshot(evidence: Path, before: Prepared, after: Prepared, started: datetime) -> None:
    """Evidence that what was tested is what is signed: the checkout did not change meanwhile."""
    finding = Finding(
        "changed-meanwhile",
        "the addons, their images or the policy changed while they were being tested",
        remedy="run the gate again and leave the checkout alone until it ends",
    )
    changed = before != after
    EvidenceWriter(evidence).write(
        CheckResult(
            check="run.snapshot",
            target="",
            outcome=Outcome.ERRORED if changed else Outcome.PASSED,
            started=started,
            duration=(datetime.now(UTC) - started).total_seconds(),
            reason=finding.message if changed else "",
            findings=(finding,) if changed else (),
        )
    )
