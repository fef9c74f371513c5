"""The five questions of parity: images, Odoo, databases, configuration, secrets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from odoo_gate.model import Finding, Metric, Severity
from odoo_gate.parity.accepted import Differences
from odoo_gate.parity.addons_path import compare_addons_path
from odoo_gate.parity.databases import compare_postgres, compare_redis
from odoo_gate.parity.definition import Definition
from odoo_gate.parity.images import compare_image, series_of
from odoo_gate.parity.odoo_options import compare_options
from odoo_gate.parity.services import Service
from odoo_gate.parity.tested import StackUnderTest
from odoo_gate.secrets import TextFile, scan
from odoo_gate.settings import Settings

_ROLES = ("odoo", "postgres", "redis")


@dataclass(frozen=True, slots=True)
class ParityReport:
    """The findings of one question, and how much was compared."""

    findings: tuple[Finding, ...]
    metrics: tuple[Metric, ...]


def image_findings(settings: Settings, definition: Definition, tested: StackUnderTest) -> ParityReport:
    """Whether every image of the environment is the one that was tested, by digest or by way of the signed report."""
    found = _differences(settings)
    for role in _ROLES:
        services = [service for service in definition.of_role(role) if service.image is not None]
        for service in services:
            found.compared += 1
            compare_image(found, settings, definition, service, tested)
        if not services:
            found.error(
                f"images.{role}",
                "image-not-defined",
                f"the definition runs no {role}: nobody can say that the tested one is deployed",
                None,
                f"name the file that runs it in [parity] definition, or its service: [parity.services] <name> = "
                f'"{role}"',
            )
    return _report(definition, found)


def odoo_findings(settings: Settings, definition: Definition, tested: StackUnderTest) -> ParityReport:
    """Whether Odoo's series, and the packages the definition pins, are what the tested image holds."""
    found = _differences(settings)
    for service in definition.of_role("odoo"):
        series = series_of(definition, service)
        if series:
            found.compared += 1
            if series != tested.series:
                found.error(
                    "odoo.series",
                    "another-series",
                    f"{service.name} runs Odoo {series}, and {tested.series} is tested",
                    service.image.place if service.image else None,
                    "deploy the series that is tested",
                )
    _compare_pins(found, settings, definition, tested)
    _compare_requirements(found, definition, tested)
    return _report(definition, found, needs='pin something: [parity.pins] ODOO_VERSION = "deb:odoo-19"')


def database_findings(settings: Settings, definition: Definition, tested: StackUnderTest) -> ParityReport:
    """Whether PostgreSQL and Redis are of the tested version, and set up so that they behave as tested."""
    found = _differences(settings)
    compare_postgres(found, settings, definition, tested)
    compare_redis(found, definition, tested)
    return _report(definition, found, needs="add postgresql.conf or the file that runs PostgreSQL to the definition")


def configuration_findings(settings: Settings, definition: Definition, tested: StackUnderTest) -> ParityReport:
    """Whether Odoo is configured as it is tested: workers, limits, modules, filters, order of the addons path."""
    found = _differences(settings)
    compare_options(found, definition, tested)
    compare_addons_path(found, definition, tested)
    found.findings += _unread(definition)
    return _report(definition, found, needs="add the environment's odoo.conf to [parity] definition")


def secret_findings(settings: Settings, definition: Definition) -> ParityReport:
    """Whether a file of the definition holds a secret. Raises OSError, InfrastructureError."""
    found = _differences(settings)
    allowed = settings.security.secrets_allowed
    for secret in scan(TextFile(name, (settings.root / name).read_text("utf-8")) for name in definition.files):
        if secret.fingerprint in allowed:
            found.note("secret", f"{secret.path} holds {secret.kind} (allowed: {allowed[secret.fingerprint]})",
                       secret.place)  # fmt: skip
            continue
        found.error(
            f"secrets.{secret.fingerprint}",
            "secret",
            f"{secret.path} holds what looks like {secret.kind} (fingerprint {secret.fingerprint})",
            secret.place,
            "revoke it; let the environment or a secret store give it when the container starts",
        )
    found.compared = len(definition.files)
    return _report(definition, found)


def _differences(settings: Settings) -> Differences:
    return Differences(dict(settings.parity.accepted))


def _report(definition: Definition, found: Differences, needs: str = "") -> ParityReport:
    """Nothing compared is no parity; a file nobody understood may hold what matters."""
    findings = list(found.findings)
    if not definition.files:
        findings.insert(0, _no_definition())
    elif not found.compared:
        findings.append(
            Finding(
                "nothing-compared",
                "the definition says nothing of this that could be compared with what is tested",
                remedy=needs or "add the files that run the environment to [parity] definition",
            )
        )
    return ParityReport(tuple(findings), (Metric("compared", found.compared, "1"),))


def _no_definition() -> Finding:
    return Finding(
        "no-definition",
        "gate.toml does not say where the environment is defined: nobody can say that what is tested is what runs",
        remedy='name its files in git: [parity] definition = ["deploy/production"]',
    )


def _unread(definition: Definition) -> Iterator[Finding]:
    for name in definition.unread:
        yield Finding(
            "not-understood",
            f"{name} is part of the definition, and odoo-gate does not know what it says",
            Severity.NOTE,
            remedy="name only compose files, Kubernetes manifests, .env, odoo.conf, postgresql.conf and redis.conf",
        )
    for service in definition.services:
        yield from _not_followed(definition, service)


def _not_followed(definition: Definition, service: Service) -> Iterator[Finding]:
    """A configuration file that a service mounts and nobody compared would be a hole in the comparison."""
    for inside, source in service.mounts.items():
        if inside.endswith((".conf", ".cfg", ".ini")) and source not in definition.files:
            yield Finding(
                "configuration-not-compared",
                f"{service.name} mounts {source}, which is not part of the definition",
                remedy=f'add "{source}" to [parity] definition',
            )


def _compare_pins(found: Differences, settings: Settings, definition: Definition, tested: StackUnderTest) -> None:
    for variable, pinned in settings.parity.pins.items():
        if pinned == "postgres-major":
            continue
        written = definition.variables.values.get(variable)
        known = tested.series if pinned == "series" else tested.images["odoo"].packages.get(pinned, "")
        if written is None:
            found.error(f"odoo.{variable}", "pin-missing", f"the definition gives no {variable}", None,
                        f"set {variable} in a .env file of the definition")  # fmt: skip
            continue
        found.compared += 1
        if written != known:
            found.error(
                f"odoo.{variable}",
                "another-version",
                f"{variable} is {written} ({pinned}), and {known or 'none'} is tested",
                None,
                f"set {variable}={known} or test with the image that has {written}",
            )


def _compare_requirements(found: Differences, definition: Definition, tested: StackUnderTest) -> None:
    installed = {
        canonicalize_name(key.removeprefix("pypi:")): version
        for key, version in tested.images["odoo"].packages.items()
        if key.startswith("pypi:")
    }
    for line, place in definition.requirements:
        try:
            required = Requirement(line)
        except InvalidRequirement:
            found.error(f"odoo.{line}", "not-a-requirement", f"{line!r} is no requirement", place, "correct the line")
            continue
        version = installed.get(canonicalize_name(required.name))
        found.compared += 1
        if version is None or not required.specifier.contains(version, prereleases=True):
            found.error(
                f"odoo.{required.name}",
                "another-version",
                f"the environment has {line}, and {version or 'none'} is in the tested image",
                place,
                "use one requirements file for both: [addons] requirements",
            )
