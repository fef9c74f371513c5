"""Whether the images are named by content, signed by who should have, and run as somebody else than root."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from odoo_gate.errors import InfrastructureError, SettingsError
from odoo_gate.model import Finding, ImageIdentity, Metric, Severity
from odoo_gate.settings import Settings

_BY_DIGEST = re.compile(r"(?:.+@)?sha256:[0-9a-f]{64}")
_ROOT = "0"
_PROCESSES = """
for folder in /proc/[0-9]*; do
    pid=${folder#/proc/}
    [ "$pid" = $$ ] && continue
    name= user=
    while read -r key value rest; do
        case $key in Name:) name=$value ;; Uid:) user=$value ;; esac
    done 2> /dev/null < "$folder/status"
    [ -n "$user" ] && echo "$user $name"
done
"""

Execute = Callable[..., str]
"""`RunningContainer.execute`: what a command prints inside a container."""
Verify = Callable[[str, str], tuple[int, str]]
"""An image's reference and a public key (PEM) → cosign's exit status and complaint."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process of a container: the numeric user it runs as, and its name."""

    user: str
    name: str


@dataclass(frozen=True, slots=True)
class ImagesReport:
    """The findings, and how many images and processes were looked at."""

    findings: tuple[Finding, ...]
    metrics: tuple[Metric, ...]


def processes_of(execute: Execute) -> tuple[Process, ...]:
    """The processes of a running container, without the one that asks."""
    lines = execute("sh", "-c", _PROCESSES).splitlines()
    return tuple(Process(*line.split(" ", 1)) for line in lines if " " in line)


def examine_images(
    settings: Settings,
    images: Sequence[ImageIdentity],
    processes: Mapping[str, Sequence[Process]],
    verify: Verify,
) -> ImagesReport:
    """Judge the `images` of the stack, and the `processes` by the container they run in.

    Raises SettingsError when the key cannot be read.
    """
    findings = (
        *_references(settings, images),
        *(finding for name, running in processes.items() for finding in _owners(name, running)),
        *([] if processes else [_nothing_runs("the stack")]),
        *_provenance(settings, images, verify),
    )
    count = sum(len(running) for running in processes.values())
    return ImagesReport(findings, (Metric("images", len(images), "1"), Metric("processes", count, "1")))


def _references(settings: Settings, images: Sequence[ImageIdentity]) -> Iterator[Finding]:
    stack = settings.stack
    named = {"odoo": stack.odoo_image, "postgres": stack.postgres_image, "redis": stack.redis_image}
    for role, reference in named.items():
        tested = next((image.digest for image in images if image.role == role), "")
        if not reference:
            yield Finding(
                "image-chosen-by-odoo-gate",
                f"gate.toml names no image for {role}; {tested or 'none'} was tested, and the report names it",
                Severity.NOTE,
                remedy=f'to pin it: [stack] {role}_image = "<repository>@sha256:<digest>"',
            )
        elif not _BY_DIGEST.fullmatch(reference):
            yield Finding(
                "image-by-tag",
                f"[stack] {role}_image is {reference!r}: what a tag points to can change after it was tested",
                remedy=f"name it by digest: {role}_image = {reference.partition('@')[0]}@{tested or 'sha256:<digest>'}",
            )


def _owners(container: str, running: Sequence[Process]) -> Iterator[Finding]:
    if not running:
        yield _nothing_runs(container)
    as_root = sorted({process.name for process in running if process.user == _ROOT})
    if as_root:
        yield Finding(
            "runs-as-root",
            f"in the container of {container} run as root: {', '.join(as_root)}",
            remedy="end the image's Dockerfile with USER and a user of its own",
        )


def _nothing_runs(what: str) -> Finding:
    return Finding("nothing-runs", f"no process of {what} could be seen", remedy="read the containers' logs (logs/)")


def _provenance(settings: Settings, images: Sequence[ImageIdentity], verify: Verify) -> Iterator[Finding]:
    key, reference = settings.security.image_key, settings.stack.odoo_image
    if not key:
        yield Finding(
            "provenance-not-verified",
            "no key is given: who made the image of Odoo was not verified",
            Severity.NOTE,
            remedy='give the public key it is signed with: [security] image_key = "cosign.pub"',
        )
        return
    tested = next((image for image in images if image.role == "odoo"), None)
    if tested is None or "@sha256:" not in reference or tested.digest not in reference:
        yield Finding(
            "provenance-unverifiable",
            "a key is given, and [stack] odoo_image names no image of a registry by the digest that was tested",
            remedy='odoo_image = "<registry>/<name>@sha256:<digest>"',
        )
        return
    try:
        public_key = settings.resolve(key).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"security.image_key: {key} cannot be read: {error}", hint="correct it") from error
    yield from _signature(reference, tested.digest, *verify(reference, public_key))


def _signature(reference: str, digest: str, status: int, output: str) -> Iterator[Finding]:
    if status != 0:
        last = (output.strip().splitlines() or ["it said nothing"])[-1]
        yield Finding(
            "wrong-provenance",
            f"cosign does not accept {reference}: {last[:300]}",
            remedy="deploy an image that your build signed; check the key and that the registry answers",
        )
        return
    try:
        signed = {each["critical"]["image"]["docker-manifest-digest"] for each in json.loads(output)}
    except (ValueError, KeyError, TypeError) as error:
        raise InfrastructureError(f"cosign's answer cannot be read: {error}", hint="run it by hand") from error
    if digest not in signed:
        yield Finding(
            "wrong-provenance",
            f"cosign accepts {', '.join(sorted(signed)) or 'nothing'}, and {digest} was tested",
            remedy="name the image by the digest that is signed",
        )
