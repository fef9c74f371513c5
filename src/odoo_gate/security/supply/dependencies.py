"""What is wrong with the Python packages of a release's image, or with the data that would say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from odoo_gate.errors import ExitCode, GateError, InfrastructureError
from odoo_gate.model import IN_BASELINE, Finding, Metric, Say, Severity, silent
from odoo_gate.security.supply.advisories import Advisories, read_advisories
from odoo_gate.security.supply.audit import Audit, AuditFailed, Package, Vulnerability, audit, python_packages
from odoo_gate.security.supply.osv_server import serve_advisories
from odoo_gate.settings import Settings

_SUMMARY = 160
_FRESH = "fetch a fresh OSV export of PyPI (https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip)"
_AHEAD = timedelta(days=1)
"""How far in the future the data's date may lie: clocks and time zones, not more."""


class AdvisoriesMissing(GateError):
    """gate.toml names no advisories: whether a package is vulnerable cannot be known."""

    exit_code = ExitCode.INCONCLUSIVE


@dataclass(frozen=True, slots=True)
class DependencyReport:
    """The findings, and how much was looked at."""

    findings: tuple[Finding, ...]
    metrics: tuple[Metric, ...]


def examine_dependencies(
    settings: Settings,
    packages: Mapping[str, str],
    baseline_packages: Mapping[str, str] | None,
    now: datetime,
    say: Say = silent,
) -> DependencyReport:
    """Audit an image's `packages` (`pypi:lxml` → version) with the advisories gate.toml names.

    Raises AdvisoriesMissing when it names none, InfrastructureError when pip-audit cannot be run.
    """
    security = settings.security
    wanted, before = python_packages(packages), python_packages(baseline_packages or {})
    together = tuple(dict.fromkeys([*wanted, *before]))
    say(f"auditing {len(wanted)} Python packages")
    if security.osv_url:
        return _with_service(settings, wanted, before, together)
    if not security.advisories:
        raise AdvisoriesMissing(
            "no advisories are configured: nobody can say whether a package is vulnerable",
            hint=f"{_FRESH} and name it in gate.toml, [security] advisories; or name a service, osv_url",
        )
    try:
        advisories = read_advisories(settings.resolve(security.advisories))
    except InfrastructureError as error:
        return DependencyReport((Finding("advisories-unreadable", error.message, remedy=error.hint),), ())
    about_data = tuple(_data_findings(settings, advisories, now))
    with serve_advisories(advisories) as server:
        report = _audited(settings, wanted, before, together, server.url)
    unasked = [each for each in together if (each.name, each.version) not in server.asked]
    findings = (*about_data, *report.findings, *_unasked(unasked, report), *_coverage(wanted, advisories))
    known = Metric("advisories", len(advisories.records), "1")
    return DependencyReport(findings, (*report.metrics, known))


def _with_service(
    settings: Settings, wanted: Sequence[Package], before: Sequence[Package], together: Sequence[Package]
) -> DependencyReport:
    report = _audited(settings, wanted, before, together, settings.security.osv_url)
    note = Finding(
        "data-of-unknown-date",
        f"the advisories come from {settings.security.osv_url}, which does not say how old they are",
        Severity.NOTE,
        remedy="give an export of a known date to be sure: [security] advisories",
    )
    return DependencyReport((*report.findings, note), report.metrics)


def _audited(
    settings: Settings, wanted: Sequence[Package], before: Sequence[Package], together: Sequence[Package], url: str
) -> DependencyReport:
    if not wanted:
        return DependencyReport((_nothing_audited(),), (Metric("audited", 0, "1"),))
    try:
        done = audit(together, url)
    except AuditFailed as error:
        return DependencyReport((Finding("advisories-unreachable", error.message, remedy=error.hint),), ())
    of_release = [package for package in done.audited if package in wanted]
    findings = (
        *([] if of_release else [_nothing_audited()]),
        *_skipped(done),
        *_not_installed(settings, wanted),
        *_vulnerabilities(settings, done, wanted, before),
    )
    metrics = (Metric("audited", len(of_release), "1"), Metric("vulnerabilities", len(done.vulnerabilities), "1"))
    return DependencyReport(findings, metrics)


def _nothing_audited() -> Finding:
    return Finding(
        "nothing-audited",
        "no Python package of the image was audited",
        remedy="name an image whose python3 holds Odoo and its requirements: [stack] odoo_image",
    )


def _skipped(done: Audit) -> Iterator[Finding]:
    for name, reason in done.skipped:
        yield Finding(
            "dependency-not-audited",
            f"{name} was not audited: {reason}",
            remedy="install a released version of it from a package index",
        )


def _unasked(packages: Sequence[Package], report: DependencyReport) -> Iterator[Finding]:
    """The server knows what it was asked: an answer that came from anywhere else does not count."""
    told = {finding.rule for finding in report.findings}
    if told & {"advisories-unreachable", "nothing-audited", "dependency-not-audited"}:
        return
    for package in packages:
        yield Finding(
            "dependency-not-audited",
            f"{package.name} {package.version} was never looked up in the advisories",
            remedy="run pip-audit by hand on the image's packages and report the difference",
        )


def _not_installed(settings: Settings, wanted: Sequence[Package]) -> Iterator[Finding]:
    installed = {package.name for package in wanted}
    for line in settings.requirements():
        required = Requirement(line)
        if required.marker is None and canonicalize_name(required.name) not in installed:
            yield Finding(
                "requirement-not-in-image",
                f"{required.name} is required and not in the image: it was not audited",
                remedy="build the image with the project's requirements",
            )


def _data_findings(settings: Settings, advisories: Advisories, now: datetime) -> Iterator[Finding]:
    security, date = settings.security, advisories.date
    limit = timedelta(days=security.max_advisory_age_days)
    if date is None or date > now + _AHEAD:
        yield Finding(
            "advisories-without-date",
            f"the advisories in {security.advisories} say no date that can be true ({date})",
            remedy=_FRESH,
        )
    elif now - date > limit:
        yield Finding(
            "advisories-stale",
            f"the advisories are of {date:%Y-%m-%d}, {(now - date).days} days old; "
            f"at most {security.max_advisory_age_days} are allowed",
            remedy=f"{_FRESH}, or allow more: [security] max_advisory_age_days",
        )
    if len(advisories.records) < security.min_advisories:
        yield Finding(
            "advisories-too-few",
            f"{security.advisories} holds {len(advisories.records)} advisories: less than the "
            f"{security.min_advisories} an export of PyPI has at least",
            remedy=f"{_FRESH}; for data chosen on purpose set [security] min_advisories",
        )


def _coverage(wanted: Sequence[Package], advisories: Advisories) -> Iterator[Finding]:
    unknown = [package.name for package in wanted if package.name not in advisories.by_package]
    if unknown:
        yield Finding(
            "packages-without-advisories",
            f"{len(unknown)} of {len(wanted)} packages have no advisory at all in the data: "
            "found without fault, or never looked at",
            Severity.NOTE,
        )


def _vulnerabilities(
    settings: Settings, done: Audit, wanted: Sequence[Package], before: Sequence[Package]
) -> Iterator[Finding]:
    """One finding a package and advisory of the release; what its baseline has too blocks nothing."""
    old = {(each.package.name, id_) for each in done.vulnerabilities if each.package in before for id_ in each.ids}
    used = set()
    for each in done.vulnerabilities:
        if each.package not in wanted:
            continue
        allowed = next((id_ for id_ in settings.security.advisories_allowed if id_ in each.ids), None)
        if allowed:
            used.add(allowed)
        yield _vulnerable(
            each,
            settings.security.advisories_allowed.get(allowed or "", ""),
            in_baseline=any((each.package.name, id_) in old for id_ in each.ids),
        )
    for id_ in sorted(settings.security.advisories_allowed.keys() - used):
        yield Finding(
            "exception-without-use",
            f"[security.advisories_allowed] allows {id_}, which applies to nothing here",
            Severity.NOTE,
            remedy="take it out of gate.toml",
        )


def _vulnerable(each: Vulnerability, reason: str, *, in_baseline: bool) -> Finding:
    summary = each.description if len(each.description) <= _SUMMARY else each.description[: _SUMMARY - 1] + "…"
    other = f" ({', '.join(each.aliases)})" if each.aliases else ""
    message = f"{each.package.name} {each.package.version} has {each.id}{other}: {summary}"
    fix = f"install {each.package.name} {' or '.join(each.fixed_in)} or later" if each.fixed_in else "replace it"
    remedy = f"{fix}; if it cannot harm here, say why in [security.advisories_allowed] of gate.toml"
    if reason:
        return Finding("vulnerable-dependency", f"{message} (allowed: {reason})", Severity.NOTE, remedy=fix)
    if in_baseline:
        return Finding("vulnerable-dependency", f"{message}{IN_BASELINE}", Severity.WARNING, remedy=remedy)
    return Finding("vulnerable-dependency", message, remedy=remedy)
