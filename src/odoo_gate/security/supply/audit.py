"""pip-audit on the Python packages of an image: every package asked for by name, every answer accounted for."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from odoo_gate.errors import InfrastructureError
from odoo_gate.process import Completed, run

_TIMEOUT = 900.0
_QUERY_TIMEOUT = 30
_VULNERABLE = 1
"""Exit status of pip-audit that found something; also of one that died, hence the look at what it printed."""
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@dataclass(frozen=True, slots=True)
class Package:
    """A Python package: its normalised name and version."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """An advisory that applies to a package; `fixed_in` are the versions without it, lowest first."""

    package: Package
    id: str
    aliases: tuple[str, ...]
    description: str
    fixed_in: tuple[str, ...]

    @property
    def ids(self) -> frozenset[str]:
        return frozenset({self.id, *self.aliases})


@dataclass(frozen=True, slots=True)
class Audit:
    """What pip-audit said: the packages it looked up, those it did not and why, and what it found."""

    audited: tuple[Package, ...]
    skipped: tuple[tuple[str, str], ...]
    vulnerabilities: tuple[Vulnerability, ...]


class AuditFailed(InfrastructureError):
    """pip-audit gave no answer: its service is unreachable, or it broke off."""


def python_packages(packages: Mapping[str, str]) -> tuple[Package, ...]:
    """The Python packages among an image's (`pypi:requests` → version), by normalised name."""
    found = {
        Package(canonicalize_name(key.removeprefix("pypi:")), version)
        for key, version in packages.items()
        if key.startswith("pypi:")
    }
    return tuple(sorted(found, key=lambda package: (package.name, package.version)))


def audit(packages: Sequence[Package], osv_url: str) -> Audit:
    """Ask the OSV service at `osv_url` about `packages`. Raises AuditFailed when it does not answer for all."""
    sound = [package for package in packages if _is_version(package.version)]
    skipped = [(each.name, f"{each.version} is not a version") for each in packages if each not in sound]
    audited: list[Package] = []
    vulnerabilities: list[Vulnerability] = []
    for batch in _without_twins(sound):
        answer = _ask(batch, osv_url)
        expected = {package.name: package for package in batch}
        for dependency in answer:
            package = expected.pop(canonicalize_name(str(dependency["name"])), None)
            if package is None:
                continue
            if "skip_reason" in dependency:
                skipped.append((package.name, str(dependency["skip_reason"])))
                continue
            audited.append(package)
            vulnerabilities += [_vulnerability(package, each) for each in dependency["vulns"]]
        skipped += [(name, "pip-audit does not mention it") for name in expected]
    return Audit(tuple(audited), tuple(skipped), tuple(vulnerabilities))


def _without_twins(packages: Iterable[Package]) -> list[list[Package]]:
    """Batches in which each name stands once: an image may hold a package twice, from Debian and from pip."""
    batches: list[list[Package]] = []
    for package in packages:
        for batch in batches:
            if all(other.name != package.name for other in batch):
                batch.append(package)
                break
        else:
            batches.append([package])
    return batches


def _ask(packages: Sequence[Package], osv_url: str) -> list[Mapping[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="odoo-gate-audit-") as scratch:
        listing = Path(scratch) / "requirements.txt"
        listing.write_text("".join(f"{each.name}=={each.version}\n" for each in packages), "utf-8")
        done = run(_command(listing, Path(scratch) / "cache", osv_url), env=_environment(osv_url), timeout=_TIMEOUT,
                   check=False)  # fmt: skip
    if done.status not in (0, _VULNERABLE):
        raise _failure(done, osv_url)
    try:
        document = json.loads(done.stdout)
        return list(document["dependencies"])
    except (ValueError, KeyError, TypeError) as error:
        raise _failure(done, osv_url) from error


def _command(listing: Path, cache: Path, osv_url: str) -> list[str]:
    return [
        *(sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv", "--osv-url", osv_url),
        *("--requirement", str(listing), "--disable-pip", "--no-deps", "--cache-dir", str(cache)),
        *("--format", "json", "--progress-spinner", "off", "--timeout", str(_QUERY_TIMEOUT)),
    ]


def _environment(osv_url: str) -> dict[str, str]:
    """No option of pip-audit's own from outside; no proxy on the way to loopback."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_AUDIT_")}
    if osv_url.startswith("http://127.0.0.1:"):
        kept = {name: value for name, value in kept.items() if name not in _PROXIES}
    return kept


def _failure(done: Completed, osv_url: str) -> AuditFailed:
    complaint = (done.stderr or done.stdout).strip().splitlines()
    reason = complaint[-1] if complaint else f"it ended with status {done.status} and said nothing"
    return AuditFailed(
        f"pip-audit got no answer from {osv_url}: {reason}",
        hint="make the service reachable, or give local advisories: [security] advisories in gate.toml",
    )


def _vulnerability(package: Package, plain: Mapping[str, Any]) -> Vulnerability:
    return Vulnerability(
        package,
        str(plain["id"]),
        tuple(sorted(map(str, plain.get("aliases", [])))),
        str(plain.get("description", "")),
        tuple(map(str, plain.get("fix_versions", []))),
    )


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
