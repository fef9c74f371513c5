"""`odoo-gate verify`: may what I am about to deploy go where I am about to deploy it?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.addons import addons_listing
from odoo_gate.attest import Deployment, PublicKey, Source, Verification, load_public_key
from odoo_gate.attest import verify as examine
from odoo_gate.attest.record import Record
from odoo_gate.attest.trust import Trust, load_trust
from odoo_gate.cli.approve import APPROVALS, read_approvals
from odoo_gate.cli.projects import find_project
from odoo_gate.cli.record import record_of
from odoo_gate.cli.verdict import reason_line
from odoo_gate.errors import InfrastructureError, SettingsError, UsageError
from odoo_gate.judgement import policy_folder, read_calendars, read_policy, runs_folder
from odoo_gate.judgement.run_folders import LATEST
from odoo_gate.model import Status
from odoo_gate.policy import load_policy
from odoo_gate.report import visible
from odoo_gate.settings import Settings
from odoo_gate.subject import authors_of, revision

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_COMMIT = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})?")
_AGE = re.compile(r"([1-9][0-9]{0,4})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


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
        Path | None, typer.Option(help="The folder of approvals (default: .odoo-gate/approvals of the project).")
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
    max_age: Annotated[
        str, typer.Option(help="Oldest acceptable run, counted from its first check: 90m, 24h, 7d.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> int:
    """Check that a report is genuine, speaks of exactly what you deploy, and is a GO that still holds.

    Exit status: 0 GO · 1 a genuine NO-GO · 3 a genuine INCONCLUSIVE · 5 not genuine, or about something else.

    Examples: odoo-gate verify --project . --key gate.key.pub ·
    odoo-gate verify run/ --addons addons --image odoo=sha256:… --source $COMMIT --policy policy.toml
    --environment production --key gate.key.pub --max-age 24h
    """
    settings = find_project(project)
    given = _run(run, settings)
    trusted = _key(key, settings, given)
    target = environment or (settings.policy.environment if settings else None)
    judged_by = _policy(policy, settings)
    deployment = Deployment(
        environment=target,
        policy=judged_by,
        addons_listing=_addons(addons, settings),
        source=_source(source, settings),
        images=_images(image, settings),
        max_age=_age(max_age),
        calendars=_calendars(calendar, judged_by, target, policy.parent if policy else _beside(settings)),
        approvals=read_approvals(approvals or (settings.root / APPROVALS if settings else None)),
        trust=_trust(trust),
        authors=frozenset(author) if author else _authors(settings),
        record=Record(record) if record else record_of(settings),
    )
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


def _key(key: Path | None, settings: Settings | None, given: Path) -> PublicKey:
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


def _policy(policy: Path | None, settings: Settings | None) -> bytes | None:
    if policy is None:
        return read_policy(settings) if settings else None
    try:
        return policy.read_bytes()
    except OSError as error:
        raise UsageError(f"the policy {policy} cannot be read: {error.strerror}", hint="name your policy") from error


def _trust(path: Path | None) -> Trust | None:
    if path is None:
        return None
    try:
        return load_trust(path.read_bytes())
    except OSError as error:
        raise UsageError(
            f"the trust file {path} cannot be read: {error.strerror}", hint="name your trust file"
        ) from error


def _authors(settings: Settings | None) -> frozenset[str]:
    return authors_of(settings.root) if settings else frozenset()


def _beside(settings: Settings | None) -> Path | None:
    return policy_folder(settings) if settings else None


def _calendars(
    given: list[str] | None, policy: bytes | None, environment: str | None, folder: Path | None
) -> Mapping[str, bytes]:
    """The calendars as they are now: the ones given by name, else those beside the policy."""
    if given:
        return dict(_calendar(each) for each in given)
    if policy is None or environment is None or folder is None:
        return {}
    try:
        rules = load_policy(policy).rules(environment)
    except SettingsError:
        return {}  # the verification refuses such a policy, and says why
    return read_calendars(rules, folder)


def _calendar(text: str) -> tuple[str, bytes]:
    name, _, file = text.partition("=")
    if not name or not file:
        raise UsageError(f"--calendar {text} is not NAME=FILE", hint="the policy gives each calendar its name")
    try:
        return name, Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"the calendar {file} cannot be read: {error.strerror}", hint="name your calendar") from error


def _addons(addons: list[Path] | None, settings: Settings | None) -> bytes | None:
    root = settings.root if settings else Path.cwd()
    roots = [path.absolute() for path in addons] if addons else list(settings.addons_roots) if settings else []
    return addons_listing(roots, root).encode() if roots else None


def _source(source: str | None, settings: Settings | None) -> Source | None:
    if source is not None:
        if not _COMMIT.fullmatch(source):
            raise UsageError(f"{source!r} is not a full commit id", hint="see `git rev-parse HEAD`")
        return Source(source)
    return Source(*revision(settings.root)) if settings else None


def _images(image: list[str] | None, settings: Settings | None) -> Mapping[str, str]:
    if image:
        return dict(_image(each) for each in image)
    return _local_images(settings) if settings else {}


def _image(text: str) -> tuple[str, str]:
    role, _, digest = text.partition("=")
    if not role or not _DIGEST.fullmatch(digest):
        raise UsageError(
            f"--image {text} is not ROLE=sha256:<64 hex digits>",
            hint="an image is named by digest alone; see `docker image inspect`",
        )
    return role, digest


def _local_images(settings: Settings) -> Mapping[str, str]:
    """The digests of the images this machine would deploy; what its Docker engine does not have stays unsaid."""
    from odoo_gate.stack.images import Images

    def say(line: str) -> None:
        typer.echo(line, err=True)

    try:
        images = Images(say, make=False)
        own = (
            images.odoo(settings.project.series, settings.stack.odoo_image, settings.requirements()),
            images.postgres(settings.stack.postgres_image),
            images.redis(settings.stack.redis_image),
        )
    except InfrastructureError as error:
        say(f"the images you deploy cannot be read from Docker: {error.message}")
        return {}
    return {each.role: each.digest for each in own}


def _age(text: str) -> timedelta | None:
    if not text:
        return None
    match = _AGE.fullmatch(text)
    if match is None:
        raise UsageError(f"--max-age {text} is not an age", hint="write it as 90m, 24h or 7d")
    return int(match[1]) * _UNITS[match[2]]


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


def _headline(verification: Verification) -> str:
    readiness = verification.readiness
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
            "exit": int(verification.exit_code),
            "run": readiness.run if readiness and accepted else None,
            "validUntil": readiness.valid_until.isoformat() if readiness and accepted else None,
            "examined": [{"name": e.name, "held": e.held, "detail": e.detail} for e in verification.examined],
        },
        indent=1,
    )
