"""The findings of a run as SARIF 2.1.0, for GitHub, GitLab, Azure DevOps and editors.

Pure. What does not fit into GitHub's limits is counted in the run's properties, the least severe first to go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from odoo_gate.model import CheckResult, Finding, Outcome, Severity, Status
from odoo_gate.report.text import visible

SARIF = "findings.sarif"
"""The file of a run folder that holds it."""
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_RESULTS = 25_000
"""Results GitHub reads of one run; it shows the first 5000."""
MAX_RULES = 25_000
MAX_TEXT = 1_000
"""Characters GitHub shows of a message."""
MAX_TAGS = 10

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_NOT_JUDGED = {Outcome.ERRORED: "not-completed", Outcome.SKIPPED: "skipped", Outcome.FAILED: "failed"}
_Said = tuple[CheckResult, Finding]


def render_sarif(
    results: Sequence[CheckResult], *, version: str, run: str, status: Status, started: datetime, ended: datetime
) -> str:
    """A SARIF log with one run: every finding of `results`, and one for each check that did not pass without any.

    `run` names the gate's run, `version` odoo-gate's own. The same input gives the same text.
    """
    said = sorted(_all(results), key=lambda each: list(_LEVELS).index(each[1].severity))
    kept = said[:MAX_RESULTS]
    rules = sorted({_rule_id(*each) for each in kept})[:MAX_RULES]
    number = {rule: index for index, rule in enumerate(rules)}
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(version, rules, kept)},
                "automationDetails": {"id": f"odoo-gate/{run}"},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {
                    "%SRCROOT%": {"description": {"text": "The folder of gate.toml in the checkout."}}
                },
                "invocations": [
                    {
                        "executionSuccessful": all(r.outcome is not Outcome.ERRORED for r in results) and bool(results),
                        "startTimeUtc": _utc(started),
                        "endTimeUtc": _utc(ended),
                    }
                ],
                "results": [_result(result, finding, number) for result, finding in kept],
                "properties": {
                    "verdict": str(status),
                    "checks": len(results),
                    "findingsLeftOut": len(said) - len(kept),
                },
            }
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _all(results: Iterable[CheckResult]) -> Iterator[_Said]:
    for result in results:
        yield from ((result, finding) for finding in result.findings)
        silent = all(finding.severity is not Severity.ERROR for finding in result.findings)
        if result.outcome is not Outcome.PASSED and silent:
            yield result, Finding(_NOT_JUDGED[result.outcome], f"{result.outcome}: {result.reason}")


def _driver(version: str, rules: Sequence[str], said: Iterable[_Said]) -> dict[str, Any]:
    level = {_rule_id(*each): _LEVELS[each[1].severity] for each in reversed(list(said))}
    return {
        "name": "odoo-gate",
        "version": version,
        "semanticVersion": version,
        "informationUri": "https://odoo-gate.dev",
        "rules": [
            {
                "id": rule,
                "name": "".join(word.capitalize() for word in rule.replace("/", "-").replace(".", "-").split("-")),
                "shortDescription": {"text": f"{rule.partition('/')[2].replace('-', ' ')} ({rule.partition('/')[0]})"},
                "defaultConfiguration": {"level": level[rule]},
                "properties": {"tags": [rule.partition(".")[0]][:MAX_TAGS]},
            }
            for rule in rules
        ],
    }


def _rule_id(result: CheckResult, finding: Finding) -> str:
    return f"{result.check}/{finding.rule}"


def _result(result: CheckResult, finding: Finding, number: dict[str, int]) -> dict[str, Any]:
    rule = _rule_id(result, finding)
    remedy = f"\nRemedy: {finding.remedy}" if finding.remedy else ""
    plain: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": number[rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": _short(f"{finding.message}{remedy}")},
        "partialFingerprints": {"odooGateFinding/v1": _fingerprint(result, finding)},
        "properties": {"check": result.check, "target": visible(result.target)},
    }
    location = _location(result, finding)
    return {**plain, "locations": [location]}


def _fingerprint(result: CheckResult, finding: Finding) -> str:
    """The finding's own, of the check it belongs to: lines may move, a message without figures stays."""
    return f"{result.check}:{finding.fingerprint}"


def _location(result: CheckResult, finding: Finding) -> dict[str, Any]:
    """Where in the checkout; gate.toml for what is nowhere in it, because GitHub drops a result without a place."""
    place = finding.place
    path = place.path if place and _is_relative(place.path) else "gate.toml"
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(path), "uriBaseId": "%SRCROOT%"}}
    if place and path == place.path and place.line is not None and place.line >= 1:
        physical["region"] = {"startLine": place.line}
    logical = result.target or result.check
    return {"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": visible(logical)}]}


def _is_relative(path: str) -> bool:
    return bool(path) and not path.startswith(("/", "\\")) and ".." not in path.split("/") and "\0" not in path


def _uri(path: str) -> str:
    """A relative reference: a colon in the first part would read as a scheme."""
    return quote(path.encode("utf-8", "replace"), safe="/@!$&'()*+,;=~._-")


def _short(text: str) -> str:
    clean = visible(text)
    return clean if len(clean) <= MAX_TEXT else clean[: MAX_TEXT - 1] + "…"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
