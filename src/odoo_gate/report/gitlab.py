"""A run's findings for GitLab: code quality, and the three kinds of security report that ours fit. Pure.

The shapes are those of GitLab's own validators: an array of issues for code quality; for security reports version 15 of
its security-report-schemas (`scan`, `vulnerabilities`, and `dependency_files` where dependencies are scanned).
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from odoo_gate.model import CheckResult, Finding, Outcome, Severity
from odoo_gate.report.text import visible

CODE_QUALITY = "gl-code-quality-report.json"
SAST = "gl-sast-report.json"
DEPENDENCY_SCANNING = "gl-dependency-scanning-report.json"
SECRET_DETECTION = "gl-secret-detection-report.json"
"""The files of a run folder that hold them, named as GitLab's own jobs name them."""

_VERSION = "15.0.6"
_NAMESPACE = uuid.UUID("5a1d7e0c-7f6e-5b53-9c58-0d0ed0a7e5a1")
_QUALITY = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}
_SECURITY = {Severity.ERROR: "High", Severity.WARNING: "Medium", Severity.NOTE: "Info"}
_NOWHERE = "gate.toml"
_MAX_NAME = 255
_MAX_SOLUTION = 7000
_MAX_TEXT = 10_000
_MAX_IDENTIFIERS = 20
_ADVISORY = re.compile(r"(?P<name>\S+) (?P<version>\S+) has (?P<id>\S+?)(?: \((?P<aliases>[^)]*)\))?: ")
"""How `security.dependencies` words what it found."""

Said = tuple[CheckResult, Finding]


@dataclass(frozen=True, slots=True)
class Scan:
    """When the run was, and of what: `commit` is empty outside git, `version` odoo-gate's own."""

    started: datetime
    ended: datetime
    commit: str
    version: str


def render_code_quality(results: Sequence[CheckResult]) -> str:
    """Every finding that has a place in the checkout, as GitLab's merge request widget reads it."""
    issues = {
        issue["fingerprint"]: issue
        for result in results
        for finding in result.findings
        if finding.place is not None
        for issue in [_issue(result, finding)]
    }
    return _json(list(issues.values()))


def render_sast(results: Sequence[CheckResult], scan: Scan) -> str:
    """What `security.code` and `security.lint` found in the addons."""
    checks = ("security.code", "security.lint")
    return _report("sast", checks, results, scan, lambda _, finding: _file(finding))


def render_secret_detection(results: Sequence[CheckResult], scan: Scan) -> str:
    """What `security.secrets` found. The secret itself is never in it, as it is nowhere in the evidence."""
    commit = {"commit": {"sha": scan.commit or "0" * 40}}
    return _report("secret_detection", ("security.secrets",), results, scan, lambda _, f: {**_file(f), **commit})


def render_dependency_scanning(results: Sequence[CheckResult], scan: Scan) -> str:
    """What `security.dependencies` found of packages that the image installs."""
    return _report(
        "dependency_scanning",
        ("security.dependencies",),
        [_only(result, "vulnerable-dependency") for result in results],
        scan,
        lambda _, finding: {**_file(finding), "dependency": _dependency(finding)},
        dependency_files=[],
    )


def _report(
    kind: str,
    checks: Sequence[str],
    results: Sequence[CheckResult],
    scan: Scan,
    location: Callable[[CheckResult, Finding], Mapping[str, Any]],
    **more: object,
) -> str:
    """`status` is a failure unless each of the checks ran and came to an answer: no report is no good news."""
    mine = [result for result in results if result.check in checks]
    answered = {result.check for result in mine if result.outcome in (Outcome.PASSED, Outcome.FAILED)}
    tool = {
        "id": "odoo-gate",
        "name": "odoo-gate",
        "version": scan.version,
        "vendor": {"name": "odoo-gate"},
    }
    found = {
        entry["id"]: entry
        for result in mine
        for finding in result.findings
        for entry in [_vulnerability(kind, result, finding, location(result, finding))]
    }
    document = {
        "version": _VERSION,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": kind,
            "start_time": _time(scan.started),
            "end_time": _time(scan.ended),
            "status": "success" if answered == set(checks) else "failure",
        },
        "vulnerabilities": list(found.values()),
        **more,
    }
    return _json(document)


def _vulnerability(kind: str, result: CheckResult, finding: Finding, location: Mapping[str, Any]) -> dict[str, Any]:
    rule = f"{result.check}/{finding.rule}"
    identity = f"{kind}:{rule}:{result.target}:{finding.fingerprint}"
    entry = {
        "id": str(uuid.uuid5(_NAMESPACE, identity)),
        "name": finding.rule.replace("-", " ")[:_MAX_NAME],
        "description": _text(finding.message),
        "severity": _SECURITY[finding.severity],
        "identifiers": [
            *islice(_advisories(finding), _MAX_IDENTIFIERS - 1),
            {"type": "odoo_gate_rule", "name": rule, "value": rule},
        ],
        "location": dict(location),
    }
    return {**entry, "solution": _text(finding.remedy)[:_MAX_SOLUTION]} if finding.remedy else entry


def _advisories(finding: Finding) -> Iterator[dict[str, str]]:
    found = _ADVISORY.match(finding.message)
    if finding.rule != "vulnerable-dependency" or found is None:
        return
    aliases = (found["aliases"] or "").split(", ")
    for name in filter(None, (found["id"], *aliases)):
        yield {"type": name.partition("-")[0].lower(), "name": name, "value": name}


def _dependency(finding: Finding) -> dict[str, Any]:
    found = _ADVISORY.match(finding.message)
    name, version = (found["name"], found["version"]) if found else ("unknown", "unknown")
    return {"package": {"name": name}, "version": version}


def _only(result: CheckResult, rule: str) -> CheckResult:
    """The result with its findings of `rule` alone; the others are about the audit, not about a package."""
    if result.check != "security.dependencies":
        return result
    kept = tuple(finding for finding in result.findings if finding.rule == rule)
    return CheckResult(
        result.check, result.target, result.outcome, result.started, result.duration, result.reason, findings=kept
    )


def _issue(result: CheckResult, finding: Finding) -> dict[str, Any]:
    fingerprint = hashlib.sha256(f"{result.check}:{finding.fingerprint}".encode()).hexdigest()
    return {
        "description": _text(f"{finding.message} [{finding.rule}]"),
        "check_name": f"{result.check}/{finding.rule}",
        "fingerprint": fingerprint,
        "severity": _QUALITY[finding.severity],
        "location": {"path": _file(finding)["file"], "lines": {"begin": _file(finding).get("start_line", 1)}},
    }


def _file(finding: Finding) -> dict[str, Any]:
    """A place in the checkout; gate.toml for what is nowhere in it."""
    place = finding.place
    if place is None or place.path.startswith(("/", "\\")) or ".." in place.path.split("/") or not place.path:
        return {"file": _NOWHERE}
    line = {"start_line": place.line} if place.line is not None and place.line >= 1 else {}
    return {"file": visible(place.path), **line}


def _text(text: str) -> str:
    clean = visible(text)
    return clean if len(clean) <= _MAX_TEXT else clean[: _MAX_TEXT - 1] + "…"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _json(document: object) -> str:
    return json.dumps(document, indent=1, ensure_ascii=True, allow_nan=False) + "\n"
