"""`odoo-gate verify`: may what I am about to deploy go where I am about to deploy it?"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.attest import PublicKey, Verification, load_public_key
from odoo_gate.attest import verify as examine
from odoo_gate.attest.trust import Trust
from odoo_gate.cli.deployment import Said, deployment_of
from odoo_gate.cli.projects import find_project
from odoo_gate.cli.verdict import reason_line
from odoo_gate.errors import UsageError
from odoo_gate.judgement import runs_folder
from odoo_gate.judgement.run_folders import LATEST
from odoo_gate.model import Status
from odoo_gate.report import visible
from odoo_gate.settings import Settings


def verify(
    run: Annotated[
        Path | None,
        typer.Argument(help="A run folder, or its readiness.sigstore.json (default: the latest run)."),
    ] = None,
    project: Annotated[
        Path | None, typer.Option(help="The checkout you deploy (default: where gate.toml is found).")
    ] = None,
    addons: Annotated[list[Path] | None, typer.Option(help="An addons folder you deploy; repeat for several.")] = None,
    image: Annotated[
        list[str] | None, typer.Option(help="ROLE=sha256:… of an image you deploy; repeat for each.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="The full commit you deploy; empty when not under git.")] = None,
    policy: Annotated[
        Path | None, typer.Option(help="The policy you judge by, from a place the change cannot touch.")
    ] = None,
    environment: Annotated[str | None, typer.Option(help="Where you deploy to.")] = None,
    key: Annotated[Path | None, typer.Option(help="The public key you trust (PEM).")] = None,
    calendar: Annotated[
        list[str] | None, typer.Option(help="NAME=FILE of a calendar of the policy (default: the file beside it).")
    ] = None,
    approvals: Annotated[
        Path | None,
        typer.Option(help="The folder of approvals, those of --promotion too (default: .odoo-gate/approvals)."),
    ] = None,
    trust: Annotated[
        Path | None, typer.Option(help="Who may approve: the trust file, from a place the change cannot touch.")
    ] = None,
    author: Annotated[
        list[str] | None,
        typer.Option(help="Who made the change or started the run, by name or address (default: the commit's)."),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="The log of verdicts to ask and to add this to (default: attest.record).")
    ] = None,
    promotion: Annotated[
        list[Path] | None,
        typer.Option(
            help="The run folder (or its readiness.sigstore.json) of the environment before; repeat for each."
        ),
    ] = None,
    override: Annotated[
        Path | None, typer.Option(help="The folder of an emergency override, signed with `odoo-gate override`.")
    ] = None,
    max_age: Annotated[
        str, typer.Option(help="Oldest acceptable run, counted from its first check: 90m, 24h, 7d.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> int:
    """Check that a report is genuine, speaks of exactly what you deploy, and is a GO that still holds.

    Exit status: 0 GO · 1 a genuine NO-GO · 3 a genuine INCONCLUSIVE · 5 not genuine, or about something else ·
    6 no GO, and an emergency override stands.

    Examples: odoo-gate verify --project . --key gate.key.pub ·
    odoo-gate verify run/ --addons addons --image odoo=sha256:… --source $COMMIT --policy policy.toml
    --environment production --key gate.key.pub --max-age 24h
    """
    settings = find_project(project)
    given = _run(run, settings)
    deployment = deployment_of(
        Said(
            settings=settings,
            environment=environment,
            policy=policy,
            addons=tuple(addons or ()),
            image=tuple(image or ()),
            source=source,
            max_age=max_age,
            calendar=tuple(calendar or ()),
            approvals=approvals,
            trust=trust,
            author=tuple(author or ()),
            record=record,
            promotion=tuple(promotion or ()),
            overrides=override,
        )
    )
    trusted = key_for(key, settings, given, deployment.trust)
    verification = examine(given, deployment, trusted, datetime.now(UTC))
    typer.echo(_as_json(verification) if as_json else _as_text(verification, given))
    return int(verification.exit_code)


def _run(run: Path | None, settings: Settings | None) -> Path:
    given = run
    if given is None:
        if settings is None:
            raise UsageError("no run to verify", hint="give its folder or bundle, or --project DIR")
        given = runs_folder(settings.root) / LATEST
    if not given.exists():
        raise UsageError(f"{given} does not exist", hint="give a run folder, or run the gate: odoo-gate run")
    return given.resolve()


def trusted_key(key: Path | None, settings: Settings | None, given: Path) -> PublicKey:
    """The trusted key: from the caller or the project, never from what is to be verified."""
    path = key
    if path is None and settings is not None and settings.attest.public_key:
        path = settings.resolve(settings.attest.public_key)
    if path is None:
        raise UsageError("no public key to trust", hint="give --key FILE, or set attest.public_key in gate.toml")
    folder = given if given.is_dir() else given.parent
    if path.resolve().is_relative_to(folder):
        raise UsageError(f"{path} lies in the run that it is to verify", hint="give the key you got from whoever signs")
    return load_public_key(path)


def _as_text(verification: Verification, given: Path) -> str:
    width = max(len(examined.name) for examined in verification.examined)
    lines = [
        _headline(verification),
        *(f"  {'✓' if e.held else '✗'} {visible(e.name):{width}}  {visible(e.detail)}" for e in verification.examined),
    ]
    if verification.readiness is not None and verification.accepted:
        lines += [
            reason_line(reason.check, reason.outcome, reason.message) for reason in verification.readiness.reasons
        ]
    return "\n".join([*lines, f"  {given}"])


def key_for(key: Path | None, settings: Settings | None, given: Path, trust: Trust | None) -> PublicKey | None:
    """The key to verify with; None: those of the gates in the trust file, unless the caller names one of its own."""
    return None if key is None and trust is not None and trust.gates else trusted_key(key, settings, given)


def _headline(verification: Verification) -> str:
    readiness = verification.readiness
    if verification.overridden and readiness is not None:
        release = readiness.release
        return f"OVERRIDDEN, NOT A GO: people answer for {visible(release.project)} to {release.environment}"
    if readiness is None or not verification.accepted:
        return "REFUSED: this report does not speak for what you deploy"
    release = readiness.release
    what = f"{visible(release.project)} to {release.environment}"
    if readiness.verdict is Status.GO:
        return f"GO: {what}, until {readiness.valid_until:%Y-%m-%d %H:%M} UTC"
    return f"{readiness.verdict}: the report is genuine, do not deploy {what}"


def _as_json(verification: Verification) -> str:
    readiness = verification.readiness
    accepted = verification.accepted
    return json.dumps(
        {
            "version": 1,
            "accepted": accepted,
            "verdict": str(readiness.verdict) if readiness and accepted else None,
            "overridden": verification.overridden,
            "exit": int(verification.exit_code),
            "run": readiness.run if readiness and accepted else None,
            "validUntil": readiness.valid_until.isoformat() if readiness and accepted else None,
            "examined": [{"name": e.name, "held": e.held, "detail": e.detail} for e in verification.examined],
        },
        indent=1,
    )
