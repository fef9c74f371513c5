"""The findings as SARIF 2.1.0: valid, complete, deterministic, and within GitHub's limits."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sarif_pydantic import Sarif

from odoo_gate.model import CheckResult, Finding, Outcome, Place, Severity, Status
from odoo_gate.report import render_sarif
from odoo_gate.report.sarif import MAX_RESULTS, MAX_TEXT

NOW = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)


def result(*findings, check="security.secrets", outcome=Outcome.FAILED, target="", reason="it failed"):
    return CheckResult(check, target, outcome, NOW, 1.0, "" if outcome is Outcome.PASSED else reason, tuple(findings))


def run_of(*results):
    text = render_sarif(results, version="1.2.3", run="r-1", status=Status.NO_GO, started=NOW, ended=NOW)
    Sarif.model_validate_json(text)
    document = json.loads(text)
    assert document["version"] == "2.1.0"
    return document["runs"][0]


def test_a_finding_carries_rule_level_place_and_fingerprint():
    finding = Finding("secret", "a key", Severity.ERROR, Place("addons/a b/x.py", 7), "revoke it")
    run = run_of(result(finding))
    [said] = run["results"]
    assert run["tool"]["driver"]["version"] == "1.2.3"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["security.secrets/secret"]
    assert said["ruleId"] == run["tool"]["driver"]["rules"][said["ruleIndex"]]["id"]
    assert said["level"] == "error"
    assert said["message"]["text"] == "a key\nRemedy: revoke it"
    assert said["partialFingerprints"] == {"odooGateFinding/v1": f"security.secrets:{finding.fingerprint}"}
    [location] = said["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "addons/a%20b/x.py"
    assert location["physicalLocation"]["region"] == {"startLine": 7}


@pytest.mark.parametrize("path", ["/etc/odoo.conf", "../outside.py", ""])
def test_a_place_outside_the_checkout_is_put_on_gate_toml(path):
    [said] = run_of(result(Finding("x", "y", place=Place(path, 3))))["results"]
    physical = said["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "gate.toml"
    assert "region" not in physical


def test_a_check_without_an_answer_is_a_result_too():
    run = run_of(
        result(check="tests.project", outcome=Outcome.SKIPPED, reason="no browser"),
        result(Finding("old", "w", Severity.WARNING), outcome=Outcome.ERRORED, reason="the service is gone"),
        result(outcome=Outcome.PASSED),
    )
    assert [(each["ruleId"], each["level"]) for each in run["results"]] == [
        ("tests.project/skipped", "error"),
        ("security.secrets/not-completed", "error"),
        ("security.secrets/old", "warning"),
    ]
    assert run["invocations"][0]["executionSuccessful"] is False


def test_levels_are_those_of_the_findings():
    findings = [Finding(str(level), "m", level) for level in Severity]
    run = run_of(result(*findings))
    assert [each["level"] for each in run["results"]] == ["error", "warning", "note"]


def test_what_is_too_much_for_github_goes_least_severe_first_and_is_counted():
    notes = [Finding("n", f"note {number}", Severity.NOTE) for number in range(MAX_RESULTS)]
    run = run_of(result(*notes, Finding("e", "x" * 5000)))
    assert len(run["results"]) == MAX_RESULTS
    assert run["results"][0]["level"] == "error"
    assert len(run["results"][0]["message"]["text"]) == MAX_TEXT
    assert run["properties"]["findingsLeftOut"] == 1


def test_characters_that_hide_are_shown():
    [said] = run_of(result(Finding("x", "a\u202eb\x1b[0m")))["results"]
    assert "\u202e" not in said["message"]["text"]
    assert "\x1b" not in said["message"]["text"]


def test_nothing_at_all_is_no_success():
    assert run_of()["invocations"][0]["executionSuccessful"] is False
