"""What a command's caller says of a deployment, turned into what a report is verified against."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import typer

from odoo_gate.addons import addons_listing, byte_code
from odoo_gate.attest import Deployment, Source
from odoo_gate.attest.record import Record
from odoo_gate.attest.run_folder import BUNDLE
from odoo_gate.cli.approve import APPROVALS, read_approvals
from odoo_gate.cli.record import record_of
from odoo_gate.cli.signing import read_bundles, read_trust
from odoo_gate.errors import InfrastructureError, SettingsError, UsageError
from odoo_gate.judgement import policy_folder, read_calendars, read_policy
from odoo_gate.policy import load_policy
from odoo_gate.settings import Settings
from odoo_gate.subject import authors_of, configuration_listing, revision

OVERRIDE_SUFFIX = ".override.json"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_COMMIT = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})?")
_AGE = re.compile(r"([1-9][0-9]{0,4})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Said:
    """The options as they were given; what was not given comes from the project in `settings`, if there is one."""

    settings: Settings | None = None
    environment: str | None = None
    policy: Path | None = None
    addons: tuple[Path, ...] = ()
    image: tuple[str, ...] = ()
    source: str | None = None
    max_age: str = ""
    calendar: tuple[str, ...] = ()
    approvals: Path | None = None
    trust: Path | None = None
    author: tuple[str, ...] = ()
    record: Path | None = None
    promotion: tuple[Path, ...] = ()
    overrides: Path | None = None


def deployment_of(said: Said) -> Deployment:
    """The deployment that the caller speaks of. Raises UsageError, SettingsError, VerificationError."""
    settings = said.settings
    target = said.environment or (settings.policy.environment if settings else None)
    judged_by = _policy(said.policy, settings)
    beside = said.policy.parent if said.policy else _beside(settings)
    root = settings.root if settings else Path.cwd()
    addons = _addons(said.addons, settings)
    return Deployment(
        environment=target,
        policy=judged_by,
        addons_listing=addons_listing(addons, root).encode() if addons else None,
        source=_source(said.source, settings),
        images=_images(list(said.image), settings),
        max_age=_age(said.max_age),
        calendars=_calendars(list(said.calendar), judged_by, target, beside),
        approvals=read_approvals(said.approvals or (settings.root / APPROVALS if settings else None)),
        trust=read_trust(said.trust) if said.trust else None,
        authors=frozenset(said.author) if said.author else _authors(settings),
        record=Record(said.record) if said.record else record_of(settings),
        configuration=configuration_listing(settings) if settings else None,
        promotions=tuple(_promotion(path) for path in said.promotion),
        overrides=read_bundles(said.overrides, OVERRIDE_SUFFIX),
        byte_code=byte_code(addons, root),
    )


def _promotion(path: Path) -> Path:
    if not (path / BUNDLE if path.is_dir() else path).is_file():
        raise UsageError(f"{path} is no judged run", hint=f"give a run folder that holds {BUNDLE}, or that file")
    return path


def _policy(policy: Path | None, settings: Settings | None) -> bytes | None:
    if policy is None:
        return read_policy(settings) if settings else None
    try:
        return policy.read_bytes()
    except OSError as error:
        raise UsageError(f"the policy {policy} cannot be read: {error.strerror}", hint="name your policy") from error


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


def _addons(addons: Sequence[Path], settings: Settings | None) -> Sequence[Path]:
    """The addons paths that are deployed, absolute."""
    if addons:
        return [path.absolute() for path in addons]
    return settings.addons_roots if settings else ()


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
